package dev.ostler.micronaut;

import io.micronaut.context.annotation.Bean;
import io.micronaut.context.annotation.Context;
import io.micronaut.context.annotation.Factory;
import jakarta.inject.Singleton;

/** The shop begins and ends with the context. */
@Factory
class ShopBeans {
  @Context
  @Bean(preDestroy = "close")
  Shop shop() {
    return new Shop();
  }

  /** Somebody who uses it. */
  record Clerk(Shop shop) {}

  @Singleton
  Clerk clerk(Shop shop) {
    return new Clerk(shop);
  }
}
