package dev.ostler.observer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.Agent;
import dev.ostler.Pid;
import dev.ostler.junit.OstlerExtension;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The observer's tools for assistants. */
@ExtendWith(OstlerExtension.class)
class McpTest {
  private final Observer observer = Observer.serve(0);
  private final Peer peer = Peer.on(observer.port()).token(observer.token());

  @AfterEach
  void close() {
    observer.close();
  }

  private Peer.Answer ask(String method, String params) throws IOException {
    return peer.post(
        "/mcp",
        "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"" + method + "\",\"params\":" + params + "}");
  }

  private Peer.Answer call(String tool, String arguments) throws IOException {
    return ask("tools/call", "{\"name\":\"" + tool + "\",\"arguments\":" + arguments + "}");
  }

  @Test
  void begin_with_the_version_of_the_protocol() throws IOException {
    Peer.Answer known = ask("initialize", "{\"protocolVersion\":\"2025-03-26\"}");
    Peer.Answer unknown = ask("initialize", "{\"protocolVersion\":\"1999-01-01\"}");

    assertThat(known.at("id")).isEqualTo(7L);
    assertThat(known.at("result", "protocolVersion")).isEqualTo("2025-03-26");
    assertThat(known.at("result", "capabilities", "tools")).isNotNull();
    assertThat(unknown.at("result", "protocolVersion")).isEqualTo("2025-11-25");
    assertThat(ask("ping", "{}").at("result")).isEqualTo(Map.of());
  }

  @Test
  void get_no_answer_to_a_notification() throws IOException {
    Peer.Answer answer =
        peer.post("/mcp", "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}");

    assertThat(answer.status()).isEqualTo(202);
    assertThat(answer.body()).isEmpty();
  }

  @Test
  void are_listed_and_each_answers() throws IOException {
    Pid pid = Agent.of(() -> 1).start().pid();
    List<?> tools = (List<?>) ask("tools/list", "{}").at("result", "tools");

    assertThat(tools).hasSizeGreaterThanOrEqualTo(10);
    for (Object tool : tools) {
      String name = (String) Peer.at(tool, "name");
      boolean ofProcess = name.equals("process") || name.equals("trace");
      assertThat(Peer.at(tool, "inputSchema", "type")).isEqualTo("object");
      if (!name.equals("panel")) {
        String seconds = name.equals("trace") ? ",\"seconds\":1" : "";
        Peer.Answer answer = call(name, ofProcess ? "{\"pid\":" + pid.id() + seconds + "}" : "{}");
        assertThat(answer.at("result", "isError")).as(answer.body()).isEqualTo(false);
        assertThat(answer.at("result", "content", 0, "text")).isInstanceOf(String.class);
      }
    }
  }

  @Test
  void tell_a_state() throws IOException {
    Pid pid = Agent.of(() -> "as it is").start().pid();

    assertThat(
            call("process", "{\"pid\":" + pid.id() + ",\"state\":true}")
                .at("result", "structuredContent", "state"))
        .isEqualTo("as it is");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "process | {\"pid\":999999999} | there is no process <0.999999999>",
        "processes | {\"sort\":\"sideways\"} | sort: expected one of",
        "processes | {\"other\":1} | expected limit, offset, order, q, sort, and found 'other'",
        "panel | {\"name\":\"none\"} | there are the panels"
      })
  void say_what_was_wrong(String tool, String arguments, String error) throws IOException {
    Peer.Answer answer = call(tool, arguments);

    assertThat(answer.at("result", "isError")).isEqualTo(true);
    assertThat((String) answer.at("result", "content", 0, "text")).contains(error);
  }

  @Test
  void answer_errors_of_the_protocol() throws IOException {
    assertThat(ask("no/such", "{}").at("error", "code")).isEqualTo(-32601L);
    assertThat(call("no_such", "{}").at("error", "code")).isEqualTo(-32602L);
    assertThat(peer.post("/mcp", "{").at("error", "code")).isEqualTo(-32700L);
    assertThat(peer.post("/mcp", "{\"id\":1}").at("error", "code")).isEqualTo(-32600L);
    assertThat(peer.with("MCP-Protocol-Version: 1").post("/mcp", "{}").status()).isEqualTo(400);
    assertThat(peer.get("/mcp").status()).isEqualTo(405);
  }

  @ParameterizedTest
  @ValueSource(strings = {"Origin: http://evil.example", "Sec-Fetch-Site: cross-site"})
  void are_not_for_foreign_pages(String header) throws IOException {
    assertThat(peer.with(header).post("/mcp", "{}").status()).isEqualTo(403);
  }

  @Test
  void need_the_token() throws IOException {
    assertThat(Peer.on(observer.port()).post("/mcp", "{}").status()).isEqualTo(401);
  }
}
