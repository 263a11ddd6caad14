package dev.ostler.quarkus;

import jakarta.enterprise.inject.Disposes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;

/** The shop begins at its first use, and ends with the container. */
@Singleton
class ShopBeans {
  @Produces
  @Singleton
  Shop shop() {
    return new Shop();
  }

  void close(@Disposes Shop shop) {
    shop.close();
  }
}
