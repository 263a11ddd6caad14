package dev.ostler.kv.lua.vm;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The kinds of words of Lua, by their spelling. */
enum Token {
  AND("and"),
  BREAK("break"),
  DO("do"),
  ELSE("else"),
  ELSEIF("elseif"),
  END("end"),
  FALSE("false"),
  FOR("for"),
  FUNCTION("function"),
  IF("if"),
  IN("in"),
  LOCAL("local"),
  NIL("nil"),
  NOT("not"),
  OR("or"),
  REPEAT("repeat"),
  RETURN("return"),
  THEN("then"),
  TRUE("true"),
  UNTIL("until"),
  WHILE("while"),
  // the last keyword is above
  CONCAT(".."),
  DOTS("..."),
  EQUAL("=="),
  NOT_LESS(">="),
  NOT_GREATER("<="),
  NOT_EQUAL("~="),
  PLUS("+"),
  MINUS("-"),
  TIMES("*"),
  SLASH("/"),
  PERCENT("%"),
  POWER("^"),
  LENGTH("#"),
  LESS("<"),
  GREATER(">"),
  ASSIGN("="),
  OPEN("("),
  CLOSE(")"),
  OPEN_BRACE("{"),
  CLOSE_BRACE("}"),
  OPEN_BRACKET("["),
  CLOSE_BRACKET("]"),
  SEMICOLON(";"),
  COLON(":"),
  COMMA(","),
  DOT("."),
  NUMBER("<number>"),
  NAME("<name>"),
  STRING("<string>"),
  OTHER("<other>"),
  END_OF_INPUT("<eof>");

  private static final Map<String, Token> KEYWORDS = new HashMap<>();

  static {
    for (Token each : values()) {
      if (each.compareTo(WHILE) <= 0) {
        KEYWORDS.put(each.spelling, each);
      }
    }
  }

  final String spelling;

  Token(String spelling) {
    this.spelling = spelling;
  }

  /** The keyword that is spelled so; null if it is none. */
  static @Nullable Token keyword(String word) {
    return KEYWORDS.get(word);
  }
}
