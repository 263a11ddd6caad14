# What the scripts of rows share: rounds, clocks, and the lines they print.

defmodule Means do
  @rounds 5

  # Runs the rows that the arguments name, or all of them; `rows` makes them, given a scale that divides their work.
  def run(rows) do
    {options, wanted} = Enum.split_with(System.argv(), &String.starts_with?(&1, "--"))
    rows = rows.(cond do
      "--quick" in options -> 50
      "--short" in options -> 4
      true -> 1
    end)
    known = Enum.map(rows, &elem(&1, 0))

    case wanted -- known do
      [] ->
        for {name, row} <- rows, wanted == [] or name in wanted, do: row.()

      unknown ->
        IO.puts(:stderr, "unknown row: #{Enum.join(unknown, ", ")}; known: #{Enum.join(known, ", ")}")
        System.halt(2)
    end
  end

  # A warm-up of two rounds, then the median of the others. Every round runs in a process of its own, with a heap of
  # its own, so that no round pays for the garbage of another.
  def rounds(name, unit, operations, row) do
    Enum.each(1..2, fn _ -> apart(fn -> row.(operations) end) end)
    nanos = for _ <- 1..@rounds, do: apart(fn -> row.(operations) end) / operations
    print(name, Enum.at(Enum.sort(nanos), div(@rounds, 2)), unit)
  end

  # The elapsed nanoseconds of `work`.
  def timed(work), do: elem(timed_value(work), 0)

  def timed_value(work) do
    from = System.monotonic_time(:nanosecond)
    value = work.()
    {System.monotonic_time(:nanosecond) - from, value}
  end

  # Runs `work` in a process of its own and waits for what it returns.
  def apart(work) do
    self = self()
    {pid, ref} = spawn_monitor(fn -> send(self, {:result, self(), work.()}) end)
    await_down(pid, ref)

    receive do
      {:result, ^pid, value} -> value
    end
  end

  def await_down(pid, ref) do
    receive do
      {:DOWN, ^ref, :process, ^pid, :normal} -> :ok
      {:DOWN, ^ref, :process, ^pid, reason} -> exit(reason)
    end
  end

  # Not measured: ends the processes and waits until the last of them is gone.
  def kill(pids) do
    refs = for pid <- pids, do: {pid, Process.monitor(pid)}
    Enum.each(pids, &Process.exit(&1, :kill))

    Enum.each(refs, fn {pid, ref} ->
      receive do
        {:DOWN, ^ref, :process, ^pid, _} -> :ok
      end
    end)
  end

  def print(name, value, unit) do
    IO.puts("#{name} #{:erlang.float_to_binary(value / 1, decimals: 1)} #{unit}")
  end
end
