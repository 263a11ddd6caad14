# The rows of the comparison, as the BEAM does them.
#
#   elixir --erl "+P 2000000" rows.exs [--quick | --short] [row ...]
#
# One line for each figure: `name value unit`, the median of the rounds. Modules in a script are compiled, and every
# loop is a function of one of them: nothing that is measured is interpreted. dev.ostler.bench.Compare does the same
# work with the same numbers of operations; change both or neither.

Code.require_file("means.exs", __DIR__)

defmodule Counter do
  # An idle server with the least possible state.
  use GenServer

  @impl true
  def init(count), do: {:ok, count}

  @impl true
  def handle_call(:increment, _from, count), do: {:reply, count + 1, count + 1}
  def handle_call(:count, _from, count), do: {:reply, count, count}

  @impl true
  def handle_cast(:tick, count), do: {:noreply, count + 1}
end

defmodule BucketRegistry do
  # The tutorial's registry: buckets are agents, found by name, monitored, forgotten when they stop.
  use GenServer

  @impl true
  def init(:ok), do: {:ok, {%{}, %{}}}

  @impl true
  def handle_call({:lookup, name}, _from, {names, _} = state), do: {:reply, Map.fetch(names, name), state}
  def handle_call(:size, _from, {_, refs} = state), do: {:reply, map_size(refs), state}
  def handle_call({:create, name}, _from, state), do: {:reply, :ok, create(name, state)}
  def handle_call(:buckets, _from, {names, _} = state), do: {:reply, Map.values(names), state}

  @impl true
  def handle_cast({:create, name}, state), do: {:noreply, create(name, state)}

  @impl true
  def handle_info({:DOWN, ref, :process, _pid, _reason}, {names, refs}) do
    {name, refs} = Map.pop(refs, ref)
    {:noreply, {Map.delete(names, name), refs}}
  end

  def handle_info(_message, state), do: {:noreply, state}

  defp create(name, {names, refs} = state) do
    if Map.has_key?(names, name) do
      state
    else
      {:ok, bucket} = Agent.start(fn -> %{} end)
      ref = Process.monitor(bucket)
      {Map.put(names, name, bucket), Map.put(refs, ref, name)}
    end
  end
end

defmodule Rows do
  import Means

  @timeout :infinity
  @buckets [50_000, 100_000, 200_000]

  # --- the rows: {name, unit, operations a round, function of the operations} --------------------------------------

  def all(scale) do
    [
      {"call", "ns", 500_000, &call/1},
      {"call_by_name", "ns", 500_000, &call_by_name/1},
      {"call_8", "ns", 800_000, &call_8/1},
      {"call_8_servers", "ns", 800_000, &call_8_servers/1},
      {"cast", "ns", 1_000_000, &cast/1},
      {"start_call", "ns", 50_000, &start_call/1},
      {"start_cast", "ns", 50_000, &start_cast/1},
      {"spawn_message", "ns", 50_000, &spawn_message/1},
      {"ping_pong", "ns", 500_000, &ping_pong/1},
      {"spawn_end", "ns", 100_000, &spawn_end/1},
      {"tree", "ns", 500_000, &tree/1},
      {"tree_linked", "ns", 500_000, &tree_linked/1},
      {"ring", "ns", 1_000_000, &ring/1}
    ]
    |> Enum.map(fn {name, unit, operations, row} ->
      {name, fn -> rounds(name, unit, max(div(operations, scale), 1_000), row) end}
    end)
    |> Kernel.++([{"idle_bytes", fn -> idle_bytes(div(1_000_000, scale)) end}])
    |> Kernel.++(for count <- @buckets, do: {"create_#{count}", fn -> create(count, scale, :cast) end})
    |> Kernel.++(for count <- @buckets, do: {"create_by_call_#{count}", fn -> create(count, scale, :call) end})
  end

  # --- call: each caller waits for its reply before it calls again --------------------------------------------------

  defp call(operations) do
    {:ok, server} = GenServer.start(Counter, 0)
    elapsed = timed(fn -> call_loop(server, operations) end)
    ^operations = GenServer.call(server, :count)
    GenServer.stop(server)
    elapsed
  end

  defp call_by_name(operations) do
    {:ok, server} = GenServer.start(Counter, 0, name: :counter)
    elapsed = timed(fn -> call_loop(:counter, operations) end)
    GenServer.stop(server)
    elapsed
  end

  # Eight callers, each with a server of its own.
  defp call_8_servers(operations) do
    each = div(operations, 8)
    servers = for _ <- 1..8, do: elem(GenServer.start(Counter, 0), 1)

    elapsed =
      timed(fn ->
        callers = for server <- servers, do: spawn_monitor(fn -> call_loop(server, each) end)
        for {pid, ref} <- callers, do: await_down(pid, ref)
      end)

    Enum.each(servers, &GenServer.stop/1)
    elapsed
  end

  defp call_8(operations) do
    each = div(operations, 8)
    {:ok, server} = GenServer.start(Counter, 0)

    elapsed =
      timed(fn ->
        callers = for _ <- 1..8, do: spawn_monitor(fn -> call_loop(server, each) end)
        for {pid, ref} <- callers, do: await_down(pid, ref)
      end)

    GenServer.stop(server)
    elapsed
  end

  defp call_loop(_server, 0), do: :ok

  defp call_loop(server, n) do
    GenServer.call(server, :increment, @timeout)
    call_loop(server, n - 1)
  end

  # --- cast: bursts of 10,000 and, after each, one call that waits until all are handled ----------------------------

  @burst 10_000

  defp cast(operations) do
    {:ok, server} = GenServer.start(Counter, 0)
    elapsed = timed(fn -> bursts(server, div(operations, min(@burst, operations)), min(@burst, operations)) end)
    GenServer.stop(server)
    elapsed
  end

  defp bursts(_server, 0, _burst), do: :ok

  defp bursts(server, n, burst) do
    cast_loop(server, burst)
    GenServer.call(server, :count, @timeout)
    bursts(server, n - 1, burst)
  end

  defp cast_loop(_server, 0), do: :ok

  defp cast_loop(server, n) do
    GenServer.cast(server, :tick)
    cast_loop(server, n - 1)
  end

  # --- start: all servers of a round are alive at its end -----------------------------------------------------------

  defp start_call(operations) do
    {elapsed, servers} = timed_value(fn -> start_call_loop(operations, []) end)
    kill(servers)
    elapsed
  end

  defp start_call_loop(0, servers), do: servers

  defp start_call_loop(n, servers) do
    {:ok, server} = GenServer.start(Counter, 0)
    1 = GenServer.call(server, :increment, @timeout)
    start_call_loop(n - 1, [server | servers])
  end

  # Start and first cast; the last cast of all is waited for by a call to its server.
  defp start_cast(operations) do
    {elapsed, servers} =
      timed_value(fn ->
        servers = start_cast_loop(operations, [])
        Enum.each(servers, fn server -> 1 = GenServer.call(server, :count, @timeout) end)
        servers
      end)

    kill(servers)
    elapsed
  end

  defp start_cast_loop(0, servers), do: servers

  defp start_cast_loop(n, servers) do
    {:ok, server} = GenServer.start(Counter, 0)
    GenServer.cast(server, :tick)
    start_cast_loop(n - 1, [server | servers])
  end

  # Spawn a raw process, send it one message, wait for its answer; it ends.
  defp spawn_message(operations) do
    timed(fn -> spawn_message_loop(self(), operations) end)
  end

  defp spawn_message_loop(_self, 0), do: :ok

  defp spawn_message_loop(self, n) do
    pid = spawn(&echo_once/0)
    send(pid, {:hello, self})

    receive do
      :hello -> spawn_message_loop(self, n - 1)
    end
  end

  def echo_once do
    receive do
      {:hello, from} -> send(from, :hello)
    end
  end

  # --- ping-pong: two raw processes; a round trip is two messages ---------------------------------------------------

  defp ping_pong(operations) do
    self = self()
    pong = spawn(fn -> pong_loop(self) end)
    elapsed = timed(fn -> ping_loop(pong, operations) end)
    send(pong, :stop)
    elapsed
  end

  defp ping_loop(_pong, 0), do: :ok

  defp ping_loop(pong, n) do
    send(pong, :ping)

    receive do
      :pong -> ping_loop(pong, n - 1)
    end
  end

  defp pong_loop(ping) do
    receive do
      :ping ->
        send(ping, :pong)
        pong_loop(ping)

      :stop ->
        :ok
    end
  end

  # --- crowds: very many raw processes ------------------------------------------------------------------------------

  # Each process sends one message and ends.
  defp spawn_end(operations) do
    self = self()

    timed(fn ->
      spawn_end_loop(self, operations)
      ones(operations)
    end)
  end

  defp spawn_end_loop(_self, 0), do: :ok

  defp spawn_end_loop(self, n) do
    spawn(__MODULE__, :end_soon, [self])
    spawn_end_loop(self, n - 1)
  end

  def end_soon(starter), do: send(starter, 1)

  defp ones(0), do: :ok

  defp ones(n) do
    receive do
      1 -> ones(n - 1)
    end
  end

  # A tree of so many processes, in which each starts its two children and waits for both.
  defp tree(operations), do: tree(operations, :spawn)
  defp tree_linked(operations), do: tree(operations, :spawn_link)

  defp tree(operations, how) do
    timed(fn ->
      start_branch(self(), operations, how)
      ^operations = grown(1, 0)
    end)
  end

  defp start_branch(_parent, 0, _how), do: 0

  defp start_branch(parent, processes, :spawn) do
    spawn(__MODULE__, :grow, [parent, processes, :spawn])
    1
  end

  defp start_branch(parent, processes, :spawn_link) do
    spawn_link(__MODULE__, :grow, [parent, processes, :spawn_link])
    1
  end

  def grow(parent, processes, how) do
    left = div(processes - 1, 2)
    children = start_branch(self(), left, how) + start_branch(self(), processes - 1 - left, how)
    send(parent, {:grown, grown(children, 1)})
  end

  defp grown(0, sum), do: sum

  defp grown(children, sum) do
    receive do
      {:grown, processes} -> grown(children - 1, sum + processes)
    end
  end

  # A ring of 1,000 processes, the caller one of them, passes a token on so many times.
  @ring 1_000

  defp ring(operations) do
    timed(fn ->
      next = Enum.reduce(2..@ring, self(), fn _, after_it -> spawn(__MODULE__, :pass_on, [after_it]) end)
      rounds(next, div(operations, @ring))
    end)
  end

  defp rounds(_next, 0), do: :ok

  defp rounds(next, round) do
    send(next, round)

    receive do
      ^round -> rounds(next, round - 1)
    end
  end

  # Passes the number of rounds that are left on, and ends with the last.
  def pass_on(next) do
    receive do
      round ->
        send(next, round)
        if round > 1, do: pass_on(next)
    end
  end

  # --- memory ------------------------------------------------------------------------------------------------------

  defp idle_bytes(count) do
    :erlang.garbage_collect()
    before = {:erlang.memory(:processes), :erlang.memory(:total)}
    servers = start_loop(count, [])
    :erlang.garbage_collect()
    list = :erts_debug.flat_size(servers) * :erlang.system_info(:wordsize)
    processes = :erlang.memory(:processes) - elem(before, 0) - list
    total = :erlang.memory(:total) - elem(before, 1) - list
    print("idle_bytes", processes / count, "B")
    print("idle_bytes_total", total / count, "B")
    kill(servers)
  end

  defp start_loop(0, servers), do: servers

  defp start_loop(n, servers) do
    {:ok, server} = GenServer.start(Counter, 0)
    start_loop(n - 1, [server | servers])
  end

  # --- buckets -----------------------------------------------------------------------------------------------------

  # By cast, the registry starts agents while the other casts wait in its mailbox, and each start scans them. By call
  # its mailbox is empty: the best the BEAM can do.
  defp create(count, scale, how) do
    operations = div(count, scale)
    apart(fn -> create_round(min(operations, 1_000), how) end)
    nanos = apart(fn -> create_round(operations, how) end)
    name = if how == :cast, do: "create_#{count}", else: "create_by_call_#{count}"
    print(name, nanos / operations / 1_000, "us")
  end

  defp create_round(count, how) do
    names = for i <- 1..count, do: "bucket-#{i}"
    {:ok, registry} = GenServer.start(BucketRegistry, :ok)

    elapsed =
      timed(fn ->
        create_loop(how, registry, names)
        ^count = GenServer.call(registry, :size, @timeout)
      end)

    buckets = GenServer.call(registry, :buckets, @timeout)
    kill([registry | buckets])
    elapsed
  end

  defp create_loop(_how, _registry, []), do: :ok

  defp create_loop(:cast, registry, [name | names]) do
    GenServer.cast(registry, {:create, name})
    create_loop(:cast, registry, names)
  end

  defp create_loop(:call, registry, [name | names]) do
    GenServer.call(registry, {:create, name}, @timeout)
    create_loop(:call, registry, names)
  end
end

Means.run(&Rows.all/1)
