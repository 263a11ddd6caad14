package dev.ostler.quarkus;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.Pid;
import io.quarkus.test.component.QuarkusComponentTest;
import jakarta.inject.Inject;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/** Each test has a container of its own. */
@QuarkusComponentTest(ShopBeans.class)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class QuarkusTest {
  private static Pid supervisor;

  @Inject Shop shop;

  @Test
  @Order(1)
  void injects_a_tree() {
    shop.sell();
    assertThat(shop.sold()).isEqualTo(1);
    supervisor = shop.supervisor().pid();
  }

  @Test
  @Order(2)
  void stops_the_tree_with_its_container() {
    assertThat(supervisor.isAlive()).isFalse();
    assertThat(shop.supervisor().pid()).isNotEqualTo(supervisor);
    assertThat(shop.sold()).isZero();
  }
}
