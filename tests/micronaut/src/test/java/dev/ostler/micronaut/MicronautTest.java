package dev.ostler.micronaut;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.Pid;
import io.micronaut.context.ApplicationContext;
import org.junit.jupiter.api.Test;

class MicronautTest {
  @Test
  void starts_a_tree_with_the_context_and_stops_it_with_the_context() {
    ApplicationContext context = ApplicationContext.run();
    Shop shop = context.getBean(ShopBeans.Clerk.class).shop();
    Pid supervisor = shop.supervisor().pid();

    shop.sell();
    assertThat(shop.sold()).isEqualTo(1);
    assertThat(supervisor.isAlive()).isTrue();

    context.close();
    assertThat(supervisor.isAlive()).isFalse();
  }
}
