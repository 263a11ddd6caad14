# Supervisors and registries, as the BEAM does them: what the library's own are to be compared with.
#
#   elixir --erl "+P 2000000" trees.exs [--quick] [row ...]
#
# Lines and method as in rows.exs.

Code.require_file("means.exs", __DIR__)

defmodule Child do
  # A child with the least possible state. It tells who asked for it that it runs.
  use GenServer, restart: :temporary

  def start_link(nil), do: GenServer.start_link(__MODULE__, nil)
  def start_link(watcher), do: GenServer.start_link(__MODULE__, watcher)

  @impl true
  def init(nil), do: {:ok, 0}

  def init(watcher) do
    send(watcher, {:running, self()})
    {:ok, 0}
  end
end

defmodule Watcher do
  # Monitors processes and counts the DOWNs; answers when none is left to come.
  use GenServer

  @impl true
  def init(pids), do: {:ok, {Map.new(pids, &{Process.monitor(&1), &1}), nil}}

  @impl true
  def handle_call(:monitored, _from, {refs, _} = state), do: {:reply, map_size(refs), state}
  def handle_call(:all_gone, _from, {refs, _} = state) when map_size(refs) == 0, do: {:reply, :ok, state}
  def handle_call(:all_gone, from, {refs, nil}), do: {:noreply, {refs, from}}

  @impl true
  def handle_info({:DOWN, ref, :process, _pid, _reason}, {refs, asker}) do
    refs = Map.delete(refs, ref)
    if map_size(refs) == 0 and asker != nil, do: GenServer.reply(asker, :ok)
    {:noreply, {refs, asker}}
  end
end

defmodule Trees do
  import Means

  @timeout :infinity

  def all(scale) do
    [
      {"dynamic_start", "ns", 200_000, &dynamic_start/1},
      {"dynamic_terminate", "ns", 200_000, &dynamic_terminate/1},
      # Its time grows with the square of the number, so fewer.
      {"dynamic_stop_all", "ns", 20_000, &dynamic_stop_all/1},
      {"static_start", "ns", 20_000, &static_start/1},
      {"static_stop", "ns", 20_000, &static_stop/1},
      {"static_add", "ns", 20_000, &static_add/1},
      {"register", "ns", 1_000_000, &register/1},
      {"lookup", "ns", 2_000_000, &lookup/1},
      # Few: the restarts of the last five seconds are a list, which each restart goes through.
      {"restart", "ns", 500, &restart/1},
      {"down_storm", "ns", 200_000, &down_storm/1}
    ]
    |> Enum.map(fn {name, unit, operations, row} ->
      {name, fn -> rounds(name, unit, max(div(operations, scale), 100), row) end}
    end)
  end

  # --- a dynamic supervisor: children started, terminated one by one, or all with their supervisor -----------------

  defp dynamic_start(operations) do
    supervisor = supervisor()
    {elapsed, children} = timed_value(fn -> start_loop(supervisor, operations, []) end)
    kill(children)
    stop(supervisor)
    elapsed
  end

  defp dynamic_terminate(operations) do
    supervisor = supervisor()
    children = start_loop(supervisor, operations, [])
    elapsed = timed(fn -> Enum.each(children, &(:ok = DynamicSupervisor.terminate_child(supervisor, &1))) end)
    stop(supervisor)
    elapsed
  end

  defp dynamic_stop_all(operations) do
    supervisor = supervisor()
    start_loop(supervisor, operations, [])
    timed(fn -> stop(supervisor) end)
  end

  defp supervisor do
    {:ok, supervisor} = DynamicSupervisor.start_link(strategy: :one_for_one, max_restarts: 1_000_000)
    supervisor
  end

  defp stop(supervisor), do: DynamicSupervisor.stop(supervisor, :normal, @timeout)

  defp start_loop(_supervisor, 0, children), do: children

  defp start_loop(supervisor, n, children) do
    {:ok, child} = DynamicSupervisor.start_child(supervisor, {Child, nil})
    start_loop(supervisor, n - 1, [child | children])
  end

  # --- a supervisor whose children it was written with, or that are added one by one -------------------------------

  defp static_start(operations) do
    {elapsed, supervisor} = timed_value(fn -> of_children(operations) end)
    Supervisor.stop(supervisor, :normal, @timeout)
    elapsed
  end

  defp static_stop(operations) do
    supervisor = of_children(operations)
    timed(fn -> Supervisor.stop(supervisor, :normal, @timeout) end)
  end

  defp static_add(operations) do
    supervisor = of_children(0)
    elapsed = timed(fn -> add_loop(supervisor, operations) end)
    Supervisor.stop(supervisor, :normal, @timeout)
    elapsed
  end

  defp of_children(count) do
    children = for i <- 1..count//1, do: %{id: i, start: {Child, :start_link, [nil]}}
    {:ok, supervisor} = Supervisor.start_link(children, strategy: :one_for_one)
    supervisor
  end

  defp add_loop(_supervisor, 0), do: :ok

  defp add_loop(supervisor, n) do
    {:ok, _} = Supervisor.start_child(supervisor, %{id: n, start: {Child, :start_link, [nil]}})
    add_loop(supervisor, n - 1)
  end

  # --- a registry of unique keys -----------------------------------------------------------------------------------

  # All keys are registered by one process; each has a value.
  defp register(operations) do
    registry = registry()
    elapsed = timed(fn -> register_loop(registry, operations) end)
    Supervisor.stop(registry, :normal, @timeout)
    elapsed
  end

  @keys 100_000

  defp lookup(operations) do
    registry = registry()
    register_loop(registry, @keys)
    elapsed = timed(fn -> lookup_loop(operations) end)
    Supervisor.stop(registry, :normal, @timeout)
    elapsed
  end

  # Who registers is linked to the registry, whose end would be its own.
  defp registry do
    Process.flag(:trap_exit, true)
    {:ok, registry} = Registry.start_link(keys: :unique, name: Trees.Names)
    registry
  end

  defp register_loop(_registry, 0), do: :ok

  defp register_loop(registry, n) do
    {:ok, _} = Registry.register(Trees.Names, n, n)
    register_loop(registry, n - 1)
  end

  defp lookup_loop(0), do: :ok

  defp lookup_loop(n) do
    [{_pid, _value}] = Registry.lookup(Trees.Names, rem(n, @keys) + 1)
    lookup_loop(n - 1)
  end

  # --- a restart: from the kill until the new child runs ------------------------------------------------------------

  defp restart(operations) do
    child = Supervisor.child_spec({Child, self()}, restart: :permanent)
    {:ok, supervisor} = Supervisor.start_link([child], strategy: :one_for_one, max_restarts: 1_000_000)
    elapsed = timed(fn -> restart_loop(running(), operations) end)
    Supervisor.stop(supervisor, :normal, @timeout)
    elapsed
  end

  defp restart_loop(_child, 0), do: :ok

  defp restart_loop(child, n) do
    Process.exit(child, :kill)
    restart_loop(running(), n - 1)
  end

  defp running do
    receive do
      {:running, child} -> child
    end
  end

  # --- a storm: many processes end at once, and one process monitors them all ---------------------------------------

  defp down_storm(operations) do
    pids = for _ <- 1..operations, do: spawn(&idle/0)
    {:ok, watcher} = GenServer.start(Watcher, pids, timeout: @timeout)
    ^operations = GenServer.call(watcher, :monitored, @timeout)

    elapsed =
      timed(fn ->
        Enum.each(pids, &Process.exit(&1, :kill))
        GenServer.call(watcher, :all_gone, @timeout)
      end)

    GenServer.stop(watcher)
    elapsed
  end

  defp idle do
    receive do
      :stop -> :ok
    end
  end
end

Logger.configure(level: :none)
Means.run(&Trees.all/1)
