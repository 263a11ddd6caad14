package dev.ostler.kv.lua;

import dev.ostler.kv.lua.vm.Lua;
import dev.ostler.kv.lua.vm.LuaTable;
import dev.ostler.kv.lua.vm.Numbers;
import java.util.ArrayDeque;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Turns what a script returns into a reply, as Redis does. Used once, by the thread that runs the
 * script.
 *
 * <p>It is not recursive: a script chooses how deep its tables are.
 */
final class ReplyWriter {
  /** As deep as tables may be in each other. */
  private static final int DEEPEST = 1990;

  /** A table whose entries are being written. */
  private static final class Level {
    private final LuaTable table;
    private final Kind kind;
    private int cursor;
    private int left; // of a list

    private Level(LuaTable table, Kind kind, int left) {
      this.table = table;
      this.kind = kind;
      this.left = left;
    }
  }

  private enum Kind {
    LIST,
    MAP,
    SET
  }

  private final Lua lua;
  private final int protocol; // of the client
  private final int scriptsProtocol; // what the script has chosen
  private final ArrayDeque<Level> levels = new ArrayDeque<>();
  private final ArrayDeque<Object> values = new ArrayDeque<>(); // to be written next, none is nil
  private byte[] bytes = new byte[64];
  private int length;

  ReplyWriter(Lua lua, int protocol, int scriptsProtocol) {
    this.lua = lua;
    this.protocol = protocol;
    this.scriptsProtocol = scriptsProtocol;
  }

  /** The reply in RESP. */
  byte[] write(@Nullable Object result) {
    one(result);
    while (!levels.isEmpty()) {
      lua.meter().work(1);
      Object pending = values.poll();
      if (pending != null) {
        one(pending);
        continue;
      }
      next(levels.peek());
    }
    return Arrays.copyOf(bytes, length);
  }

  private void next(Level level) {
    if (level.kind == Kind.LIST) {
      if (level.left == 0) {
        var _ = levels.pop();
      } else {
        level.left--;
        one(level.table.get(++level.cursor));
      }
      return;
    }
    level.cursor = level.table.next(level.cursor);
    if (level.cursor == 0) {
      var _ = levels.pop();
      return;
    }
    if (level.kind == Kind.MAP) {
      values.push(level.table.value(level.cursor)); // behind whatever its key is
    }
    one(level.table.key(level.cursor));
  }

  private void one(@Nullable Object value) {
    switch (value) {
      case String text -> bulk(text);
      case Double number -> line(':', Long.toString((long) (double) number));
      case Boolean truth -> bool(truth);
      case LuaTable table -> table(table);
      case null, default -> nil();
    }
  }

  private void table(LuaTable table) {
    if (table.get("err") instanceof String text) {
      line('-', text);
    } else if (table.get("ok") instanceof String text) {
      line('+', text);
    } else if (table.get("double") instanceof Double number) {
      real(Numbers.shortest(number));
    } else if (table.get("map") instanceof LuaTable map) {
      int count = count(map);
      header(protocol == 2 ? '*' : '%', protocol == 2 ? 2 * count : count);
      enter(map, Kind.MAP, 0);
    } else if (table.get("set") instanceof LuaTable set) {
      header(protocol == 2 ? '*' : '~', count(set));
      enter(set, Kind.SET, 0);
    } else if (table.get("big_number") instanceof String digits) {
      if (protocol == 2) {
        bulk(digits);
      } else {
        line('(', digits);
      }
    } else if (table.get("verbatim_string") instanceof LuaTable verbatim
        && verbatim.get("format") instanceof String format
        && verbatim.get("string") instanceof String text) {
      verbatim(format, text);
    } else if (levels.size() >= DEEPEST) {
      line('-', "ERR reached lua stack limit");
    } else {
      int count = 0;
      while (table.get(count + 1) != null) {
        count++;
        lua.meter().work(1);
      }
      header('*', count);
      enter(table, Kind.LIST, count);
    }
  }

  private void enter(LuaTable table, Kind kind, int count) {
    levels.push(new Level(table, kind, count));
  }

  private int count(LuaTable table) {
    int count = 0;
    for (int cursor = table.next(0); cursor != 0; cursor = table.next(cursor)) {
      count++;
      lua.meter().work(1);
    }
    return count;
  }

  private void bool(boolean value) {
    if (scriptsProtocol == 3) {
      if (protocol == 3) {
        line('#', value ? "t" : "f");
      } else {
        line(':', value ? "1" : "0");
      }
    } else if (value) {
      line(':', "1");
    } else {
      nil();
    }
  }

  private void nil() {
    if (protocol == 2) {
      line('$', "-1");
    } else {
      line('_', "");
    }
  }

  private void real(String digits) {
    if (protocol == 2) {
      bulk(digits);
    } else {
      line(',', digits);
    }
  }

  private void verbatim(String format, String text) {
    if (protocol == 2) {
      bulk(text);
      return;
    }
    String type = format.length() >= 3 ? format.substring(0, 3) : "txt";
    header('=', text.length() + 4);
    put(type + ":" + text + "\r\n");
  }

  private void bulk(String text) {
    header('$', text.length());
    put(text);
    put("\r\n");
  }

  private void header(char type, int count) {
    line(type, Integer.toString(count));
  }

  private void line(char type, String text) {
    room(1);
    bytes[length++] = (byte) type;
    put(text.replace('\r', ' ').replace('\n', ' '));
    put("\r\n");
  }

  @SuppressWarnings("deprecation") // it takes the low byte of each character, which is all there is
  private void put(String text) {
    room(text.length());
    text.getBytes(0, text.length(), bytes, length);
    length += text.length();
  }

  private void room(int count) {
    if (bytes.length - length < count) {
      long wanted = Math.max(2L * bytes.length, (long) length + count);
      lua.meter().allocateString(wanted);
      bytes = Arrays.copyOf(bytes, (int) wanted);
    }
  }
}
