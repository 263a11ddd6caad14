package dev.ostler.examples.shop;

import dev.ostler.Child;
import dev.ostler.GenServer;
import dev.ostler.Name;
import dev.ostler.kv.Kv;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.core.annotation.Order;

/** A shop: two servers, each a bean, and their references, which are beans, too. */
@SpringBootApplication(proxyBeanMethods = false)
public class ShopApplication {
  /** Starts it; {@code curl -X POST localhost:8080/stock/milk?count=3} fills its shelves. */
  public static void main(String... arguments) {
    SpringApplication.run(ShopApplication.class, arguments);
  }

  @Bean
  Name<Stock> stock() {
    return Name.unique("stock");
  }

  @Bean
  @Order(1)
  Child<?> stockServer(Name<Stock> stock, Kv kv) {
    return GenServer.of(() -> new Stock(kv)).named(stock).label("stock");
  }

  @Bean
  Name<Sales> sales() {
    return Name.unique("sales");
  }

  @Bean
  @Order(2)
  Child<?> salesServer(Name<Sales> sales) {
    return GenServer.of(Sales::new).named(sales).label("sales");
  }
}
