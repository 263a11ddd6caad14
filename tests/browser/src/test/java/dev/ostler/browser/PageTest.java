package dev.ostler.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ColorScheme;
import dev.ostler.ExitReason;
import dev.ostler.Pid;
import dev.ostler.ServerRef;
import dev.ostler.observer.Observer;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The observer's page, in Chromium, with the processes of this JVM. */
class PageTest {
  private static final String TOKEN = "a-token-for-the-tests";
  private static final int WIDE = 1280;
  private static final int NARROW = 400;

  private static Chromium chromium;

  private Shop shop;
  private Observer observer;
  private Tab tab;

  @BeforeAll
  static void openBrowser() {
    assumeTrue(Chromium.absence().isEmpty(), Chromium.absence());
    chromium = Chromium.get();
  }

  @BeforeEach
  void open() {
    shop = new Shop();
    observer = Observer.on(0).token(TOKEN).name("shop").serve();
    tab = tab(WIDE, ColorScheme.LIGHT);
  }

  @AfterEach
  void close() {
    tab.close();
    observer.close();
    shop.close();
    assertThat(tab.complaints()).isEmpty();
  }

  private Tab tab(int width, ColorScheme colours) {
    return Tab.open(chromium.browser(), observer.uri(), width, colours);
  }

  @Test
  void shows_who_supervises_whom() {
    tab.view("tree");

    assertThat(tab.item("shop")).containsText("rest for one · supervisor · 5 children");
    for (String child : new String[] {"ledger", "stock", "orders", "customers"}) {
      assertThat(tab.item(child)).hasAttribute("aria-level", "2");
    }
  }

  @Test
  void folds_and_unfolds_by_keys() {
    shop.customer("Ann");
    tab.view("tree");
    Locator customers = tab.item("customers");
    assertThat(tab.item("Ann")).isVisible();

    customers.focus();
    tab.page().keyboard().press("ArrowLeft");
    assertThat(tab.item("Ann")).hasCount(0);
    assertThat(customers).hasAttribute("aria-expanded", "false");

    tab.page().keyboard().press("ArrowRight");
    assertThat(tab.item("Ann")).isVisible();
    tab.page().keyboard().press("ArrowRight");
    assertThat(tab.item("Ann")).isFocused();
    tab.page().keyboard().press("ArrowLeft");
    assertThat(customers).isFocused();
  }

  @Test
  void shows_a_crash_with_its_count_and_reason() {
    tab.view("overview");
    shop.crash();
    shop.crash();
    long crashed = System.nanoTime();
    shop.crash();

    Locator crash =
        tab.page()
            .getByRole(AriaRole.LISTITEM)
            .filter(new Locator.FilterOptions().setHasText("nobody sells a unicorn"));
    assertThat(crash.locator(".number")).hasText("3");
    var waited = Duration.ofNanos(System.nanoTime() - crashed);
    System.out.println("A crash was shown after " + waited.toMillis() + " ms.");
    assertThat(crash).containsText("ledger");

    tab.view("tree");
    assertThat(tab.item("ledger")).containsText("crashed");
    assertThat(tab.item("ledger")).containsText("3 restarts");
    assertThat(tab.item("stock")).containsText("3 restarts");
    assertThat(tab.item("stock")).not().containsText("crashed");
    tab.view("events");
    assertThat(tab.page().locator(".reports li")).hasCount(3);
  }

  @Test
  void tells_what_happens() {
    tab.view("events");
    shop.crash();

    Locator events = tab.page().locator(".events");
    assertThat(events).containsText("crashed");
    assertThat(events).containsText("nobody sells a unicorn");
    assertThat(events).containsText("restarted");
  }

  @Test
  void shows_one_process_and_leads_to_its_links() {
    tab.process(shop.stock().pid());
    assertThat(tab.page().locator(".subtitle")).containsText("stock");
    assertThat(tab.page().getByText("Estimate")).isVisible();
    tab.button("Show the state").click();
    assertThat(tab.page().locator("#state ~ .box pre")).hasText("0");

    Locator links =
        tab.page()
            .locator(".facts > div")
            .filter(new Locator.FilterOptions().setHasText("Supervisor"));
    links.getByRole(AriaRole.LINK).click();
    assertThat(tab.page().locator("h1")).hasText("Process " + shop.pid());
  }

  @Test
  void says_when_a_process_has_ended() {
    Pid customer = shop.customer("Ben").pid();
    tab.process(customer);
    assertThat(tab.page().locator(".subtitle")).containsText("Ben");

    customer.exit(ExitReason.KILL);

    assertThat(tab.page().locator(".failure")).containsText("has ended");
    assertThat(tab.button("Kill…")).isDisabled();
  }

  @Test
  void shows_labels_as_text() {
    tab.view("tree");
    assertThat(tab.item(Shop.ODD)).isVisible();
    tab.view("processes?q=odd");
    assertThat(tab.row(Shop.ODD)).isVisible();
    assertThat(tab.page().locator("main b")).hasCount(0);
  }

  @Test
  void sorts_by_any_column() {
    tab.view("processes");
    for (String column :
        new String[] {"Process", "Kind", "Handled", "Restarts", "Links", "Monitors"}) {
      Locator head =
          tab.page().getByRole(AriaRole.COLUMNHEADER, new Page.GetByRoleOptions().setName(column));
      head.getByRole(AriaRole.BUTTON).click();
      String order = column.equals("Process") || column.equals("Kind") ? "ascending" : "descending";
      assertThat(head).hasAttribute("aria-sort", order);
      assertThat(tab.page().locator(".failure")).hasCount(0);
      assertThat(tab.page().locator("tbody th a").first()).isVisible();
    }
  }

  @Test
  void finds_a_leak_by_what_has_grown() throws InterruptedException {
    var gate = new CountDownLatch(1);
    try {
      var slow = shop.customer("a slow customer");
      var leak = shop.customer("a customer with a leak");
      keepAtWork(slow, gate);
      keepAtWork(leak, gate);
      send(slow, 500);
      send(leak, 10);
      tab.view("processes");
      assertThat(tab.page().locator("tbody tr").first()).containsText("a slow customer");

      tab.page().getByLabel("Growth").check();
      assertThat(tab.page().locator("thead")).containsText("Waiting, growth");
      send(leak, 40);
      tab.button("Refresh").click();

      Locator first = tab.page().locator("tbody tr").first();
      assertThat(first).containsText("a customer with a leak");
      assertThat(first.locator(".more")).hasText("+40");
    } finally {
      gate.countDown();
    }
  }

  private static void keepAtWork(ServerRef<Desk> desk, CountDownLatch gate)
      throws InterruptedException {
    var begun = new CountDownLatch(1);
    desk.cast(new Desk.Wait(begun, gate));
    begun.await();
  }

  private static void send(ServerRef<Desk> desk, int count) {
    for (int i = 0; i < count; i++) {
      desk.cast(new Desk.Note(i));
    }
  }

  @Test
  void kills_nothing_without_the_token() {
    Pid customer = shop.customer("Cleo").pid();
    tab.process(customer);
    tab.button("Kill…").click();
    tab.button("Kill").click();

    assertThat(tab.said()).hasText("Refused: this needs the token.");
    assertThat(customer.isAlive()).isTrue();

    tab.tokenField().fill("wrong");
    tab.button("Use it").click();
    assertThat(tab.said()).hasText("That is not the token.");
    tab.button("Kill…").click();
    tab.button("Kill").click();
    assertThat(tab.said()).hasText("Refused: this needs the token.");
    assertThat(customer.isAlive()).isTrue();
  }

  @Test
  void kills_with_the_token_and_asks_first() {
    Pid customer = shop.customer("Dora").pid();
    tab.process(customer);
    tab.enterToken(TOKEN);
    tab.button("Kill…").click();
    tab.button("Cancel").click();
    assertThat(tab.page().locator("dialog")).isHidden();
    assertThat(customer.isAlive()).isTrue();

    tab.button("Kill…").click();
    tab.button("Kill").click();

    assertThat(tab.page().locator(".failure")).containsText("has ended");
    assertThat(customer.isAlive()).isFalse();
  }

  @Test
  void traces_the_messages_of_a_process_until_their_number_is_reached() {
    tab.process(shop.orders().pid());
    tab.enterToken(TOKEN);
    tab.button("Trace…").click();
    tab.page().getByLabel("Messages").fill("6");
    tab.button("Trace").click();

    Locator trace = tab.page().locator(".trace li");
    Locator info = tab.page().locator("#trace + p");
    while (!info.textContent().startsWith("Ended")) {
      assertThat(info).not().containsText("Not traced");
      shop.orders().call(new Desk.Order("milk")); // the trace begins at some moment
    }
    assertThat(trace.filter(new Locator.FilterOptions().setHasText("milk")).first())
        .containsText("received");
  }

  @Test
  void shows_a_call_across_three_servers() {
    tab.view("calls");
    tab.enterToken(TOKEN);
    tab.page().getByLabel("Calls, at most").fill("30");
    tab.page().getByLabel("Seconds").fill("20");
    tab.button("Record").click();
    Locator calls = tab.page().locator(".waterfall tbody tr");
    while (calls.count() == 0) {
      assertThat(tab.page().locator("main")).not().containsText("Not recorded");
      shop.orders().call(new Desk.Order("milk")); // the recording begins at some moment
    }

    assertThat(calls).hasCount(3);
    assertThat(calls.nth(0)).containsText("orders");
    assertThat(calls.nth(1)).containsText("stock");
    assertThat(calls.nth(1)).containsText("called by orders");
    assertThat(calls.nth(2)).containsText("ledger");
    assertThat(calls.nth(2)).containsText("called by stock");
  }

  @Test
  void shows_a_table_of_the_program() {
    observer.close();
    observer = Observer.on(0).token(TOKEN).panel(new Carts()).serve();
    try (Tab other = tab(WIDE, ColorScheme.LIGHT)) {
      other.view("overview");
      other.page().getByRole(AriaRole.LINK, new Page.GetByRoleOptions().setName("Carts")).click();
      assertThat(other.page().locator("tbody tr").first()).containsText("2 kB");
      assertThat(other.button("Used")).hasCount(0);
      other.button("Bytes").click();
      assertThat(other.page().locator("tbody tr").first()).containsText("cart 60");
      other.page().getByLabel("Search").fill("cart 7");
      assertThat(other.page().locator("tbody tr")).hasCount(1);
      assertThat(other.seriousFindings()).isEmpty();
    }
  }

  @Test
  void is_usable_by_keyboard_alone() {
    tab.view("overview");
    Page page = tab.page();
    tab.tabTo("Tree");
    page.keyboard().press("Enter");
    assertThat(page.locator("h1")).isFocused();
    assertThat(tab.item("stock")).isVisible();
    page.keyboard().press("Tab"); // the search
    page.keyboard().press("Tab"); // the button
    page.keyboard().press("Tab"); // the tree
    for (int steps = 0; !tab.focused().startsWith("stock"); steps++) {
      assertThat(steps).isLessThan(200);
      page.keyboard().press("ArrowDown");
    }
    page.keyboard().press("Enter");
    assertThat(page.locator("h1")).hasText("Process " + shop.stock().pid());
    assertThat(page.locator("h1")).isFocused();

    tab.tabTo("Suspend…");
    page.keyboard().press("Enter");
    assertThat(page.getByRole(AriaRole.DIALOG)).isVisible();
    page.keyboard().press("Escape");
    assertThat(page.getByRole(AriaRole.DIALOG)).isHidden();
    assertThat(tab.button("Suspend…")).isFocused();

    page.keyboard().press("Enter");
    page.keyboard().press("Enter"); // yes
    assertThat(page.locator("#question-title")).hasText("Token");
    page.keyboard().type(TOKEN);
    page.keyboard().press("Enter");
    assertThat(tab.said()).hasText("The token is accepted.");
    assertThat(page.getByRole(AriaRole.DIALOG)).isHidden();
    assertThat(tab.button("Suspend…")).isFocused();
    page.keyboard().press("Enter");
    assertThat(page.locator("#question-title")).containsText("Suspend");
    page.keyboard().press("Enter");
    assertThat(page.locator(".subtitle")).containsText("suspended");

    tab.tabTo("Resume…");
    page.keyboard().press("Enter");
    page.keyboard().press("Enter");
    assertThat(page.locator(".subtitle")).not().containsText("suspended");
  }

  @Test
  void is_accessible_in_light_and_in_dark() {
    shop.crash();
    for (var view : views().entrySet()) {
      tab.view(view.getKey());
      tab.page().locator(view.getValue()).first().waitFor();
      mustBeAccessible(view.getKey());
    }
    tab.process(shop.stock().pid());
    tab.button("Kill…").click();
    mustBeAccessible("a question");
  }

  private void mustBeAccessible(String what) {
    assertThat(tab.seriousFindings()).as(what).isEmpty();
    tab.show(ColorScheme.DARK);
    assertThat(tab.findingsOfColours()).as(what + " in the dark").isEmpty();
    tab.show(ColorScheme.LIGHT);
  }

  @Test
  void fits_a_small_window() {
    shop.crash();
    try (Tab small = tab(NARROW, ColorScheme.LIGHT)) {
      for (var view : views().entrySet()) {
        small.view(view.getKey());
        small.page().locator(view.getValue()).first().waitFor();
        assertThat(small.overflow()).as(view.getKey()).isZero();
      }
      assertThat(small.seriousFindings()).isEmpty();
    }
  }

  /** Each view, and what is there once it is filled. */
  private Map<String, String> views() {
    return Map.of(
        "overview",
        ".top .number",
        "tree",
        "[role=treeitem]",
        "processes",
        "tbody th",
        "processes?growth=true",
        "tbody th",
        "events",
        ".reports li",
        "calls",
        "form",
        "process/" + shop.stock().pid().id(),
        ".facts > div",
        "process/999999999",
        ".failure");
  }

  @Test
  void says_that_the_server_is_gone_and_comes_back_with_it() {
    tab.view("overview");
    int port = observer.port();
    observer.close();
    assertThat(tab.page().locator("#alarm")).containsText("The server is gone");
    assertThat(tab.page().locator("#connection")).hasText("disconnected");

    observer = Observer.on(port).token(TOKEN).name("shop").serve();
    assertThat(tab.page().locator("#connection")).hasText("connected");
    assertThat(tab.page().locator("#alarm")).isHidden();
  }

  @Test
  void offers_no_actions_where_they_are_switched_off() {
    observer.close();
    observer = Observer.on(0).token(TOKEN).actions(false).serve();
    try (Tab other = tab(WIDE, ColorScheme.LIGHT)) {
      other.process(shop.stock().pid());
      assertThat(other.page().getByText("Actions are switched off")).isVisible();
      assertThat(
              other
                  .page()
                  .getByRole(
                      AriaRole.BUTTON,
                      new Page.GetByRoleOptions().setName(Pattern.compile("Kill"))))
          .hasCount(0);
    }
  }
}
