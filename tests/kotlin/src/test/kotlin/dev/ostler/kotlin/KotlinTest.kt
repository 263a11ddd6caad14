package dev.ostler.kotlin

import dev.ostler.Agent
import dev.ostler.CallException
import dev.ostler.Down
import dev.ostler.ExitReason
import dev.ostler.GenServer
import dev.ostler.Name
import dev.ostler.Processes
import dev.ostler.Self
import dev.ostler.Strategy
import dev.ostler.Supervisor
import dev.ostler.Task
import dev.ostler.junit.OstlerExtension
import dev.ostler.kv.Kv
import dev.ostler.kv.KvConfig
import org.assertj.core.api.Assertions.assertThat
import org.assertj.core.api.Assertions.assertThatThrownBy
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.extension.ExtendWith

/** The library as it looks from Kotlin: no type is repeated, and no `!!` is needed. */
@ExtendWith(OstlerExtension::class)
class KotlinTest {
  @Test
  fun `a server replies with the type of its request`() {
    val counter = GenServer.of { Counter() }.start()

    counter.cast(Counter.Add(40))
    counter.cast(Counter.Add(2))

    val value: Int = counter.call(Counter.Value)
    assertThat(value).isEqualTo(42)
  }

  @Test
  fun `a supervisor starts a server again under its name`() {
    val name = Name.unique<Counter>("counter")
    val supervisor =
        Supervisor.of(Strategy.ONE_FOR_ONE)
            .child(GenServer.of { Counter() }.named(name))
            .start()
    name.cast(Counter.Add(1))

    assertThatThrownBy { name.call(Counter.Divide(0)) }
        .isInstanceOf(CallException.Exited::class.java)

    supervisor.children() // answered after the restart
    assertThat(name.call(Counter.Value)).isEqualTo(0)
  }

  @Test
  fun `the reason of an end is told by its type`() {
    val counter = GenServer.of { Counter() }.start()
    Self.monitor(counter.pid())

    counter.pid().exit(ExitReason.KILL)

    val told =
        when (val reason = Self.receive(Down::class.java).reason()) {
          is ExitReason.Crash -> "crashed with ${reason.cause()}"
          is ExitReason.Killed -> "was killed"
          else -> "ended: $reason"
        }
    assertThat(told).isEqualTo("was killed")
  }

  @Test
  fun `an agent and a task take lambdas`() {
    val words = Agent.start { listOf<String>() }
    words.update { it + "ostler" }

    val length = Task.async { words.get { it.first().length } }
    assertThat(length.await()).isEqualTo(6)
  }

  @Test
  fun `a process is a lambda that receives`() {
    val me = Self.pid()
    val echo = Processes.spawn { me.send("heard ${Self.receive(String::class.java)}") }

    echo.send("hello")

    assertThat(Self.receive(String::class.java)).isEqualTo("heard hello")
  }

  @Test
  fun `a store is used and closed`() {
    Kv.open(KvConfig.inMemory()).use { kv ->
      kv.create("shopping").put("milk", "1")
      val milk: String? = kv.lookup("shopping").orElse(null)?.get("milk")?.orElse(null)
      assertThat(milk).isEqualTo("1")
    }
  }
}
