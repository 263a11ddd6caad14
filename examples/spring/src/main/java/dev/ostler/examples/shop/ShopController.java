package dev.ostler.examples.shop;

import dev.ostler.CallException;
import dev.ostler.ServerRef;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** The shop over HTTP. It knows the servers by their references only. */
@RestController
final class ShopController {
  private final ServerRef<Stock> stock;
  private final ServerRef<Sales> sales;

  ShopController(ServerRef<Stock> stock, ServerRef<Sales> sales) {
    this.stock = stock;
    this.sales = sales;
  }

  @PostMapping("/stock/{article}")
  int add(@PathVariable String article, @RequestParam String count) {
    return stock.call(new Stock.Add(article, count));
  }

  @PostMapping("/orders/{article}")
  String order(@PathVariable String article) {
    if (!stock.call(new Stock.Take(article))) {
      return "sold out";
    }
    sales.cast(new Sales.Sold());
    return "sold";
  }

  @GetMapping("/sales")
  long sales() {
    return sales.call(new Sales.Total());
  }

  /** The server has ended, or is late. Its supervisor cares for it; the client may try again. */
  @ExceptionHandler
  @ResponseStatus(HttpStatus.SERVICE_UNAVAILABLE)
  String unavailable(CallException failure) {
    return "try again";
  }
}
