package dev.ostler.kotlin

import dev.ostler.Call
import dev.ostler.Cast
import dev.ostler.From
import dev.ostler.GenServer
import dev.ostler.Init
import dev.ostler.Next

/** A server whose state is a number. */
class Counter : GenServer<Int, Counter.Request<*>, Counter.Add> {
  sealed interface Request<R : Any> : Call<Counter, R>

  data object Value : Request<Int>

  data class Divide(val by: Int) : Request<Int>

  data class Add(val count: Int) : Cast<Counter>

  override fun init(): Init<Int> = Init.ok(0)

  override fun handleCast(message: Add, state: Int): Next<Int> = Next.noReply(state + message.count)

  override fun handleCall(request: Request<*>, from: From<*>, state: Int): Next<Int> =
      when (request) {
        is Value -> request.reply(state, state)
        is Divide -> request.reply(state / request.by, state)
      }
}
