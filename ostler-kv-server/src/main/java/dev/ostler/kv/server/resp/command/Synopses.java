package dev.ostler.kv.server.resp.command;

import dev.ostler.kv.server.resp.Scripts;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What each command takes, as COMMAND DOCS tells it; see {@link Synopsis}. Commands that always
 * refuse are not here. Immutable; any thread may use it.
 */
final class Synopses {
  private static final String TEXT =
      """
      acl|cat [category]
      acl|deluser username [username ...]
      acl|dryrun username command [arg [arg ...]]
      acl|genpass [bits]
      acl|getuser username
      acl|log [(count|RESET)]
      acl|setuser username [rule [rule ...]]
      append key value
      auth [username] password
      bitcount key [start end [(BYTE|BIT)]]
      bitfield key [(GET encoding offset|[OVERFLOW (WRAP|SAT|FAIL)] (SET encoding offset value|INCRBY encoding offset increment)) [operation ...]]
      bitfield_ro key [(GET encoding offset) [get ...]]
      bitop (AND|OR|XOR|NOT|DIFF|DIFF1|ANDOR|ONE) destkey key [key ...]
      bitpos key bit [start [end [(BYTE|BIT)]]]
      client|caching (YES|NO)
      client|kill (ip:port|(ID client-id|TYPE type|USER username|ADDR ip:port|LADDR ip:port|SKIPME yes/no) [filter ...])
      client|list [TYPE (NORMAL|MASTER|REPLICA|PUBSUB)] [ID client-id [client-id ...]]
      client|no-evict (ON|OFF)
      client|no-touch (ON|OFF)
      client|pause timeout [(WRITE|ALL)]
      client|reply (ON|OFF|SKIP)
      client|setinfo (LIB-NAME libname|LIB-VER libver)
      client|setname connection-name
      client|tracking (ON|OFF) [REDIRECT client-id] [PREFIX prefix [prefix ...]] [BCAST] [OPTIN] [OPTOUT] [NOLOOP]
      client|unblock client-id [(TIMEOUT|ERROR)]
      cluster|keyslot key
      cluster|replicas node-id
      cluster|slaves node-id
      command|docs [command-name [command-name ...]]
      command|getkeys command [arg [arg ...]]
      command|getkeysandflags command [arg [arg ...]]
      command|info [command-name [command-name ...]]
      command|list [FILTERBY (MODULE module-name|ACLCAT category|PATTERN pattern)]
      config|get parameter [parameter ...]
      config|set parameter value [parameter value ...]
      copy source destination [DB db] [REPLACE]
      create key
      decr key
      decrby key decrement
      del key [key ...]
      delex key [(IFEQ ifeq-value|IFNE ifne-value|IFDEQ ifdeq-digest|IFDNE ifdne-digest)]
      digest key
      dump key
      echo message
      exists key [key ...]
      expire key seconds [(NX|XX|GT|LT)]
      expireat key unix-time-seconds [(NX|XX|GT|LT)]
      expiretime key
      flushall [(ASYNC|SYNC)]
      flushdb [(ASYNC|SYNC)]
      function|delete library-name
      function|flush [(ASYNC|SYNC)]
      function|list [LIBRARYNAME library-name-pattern] [WITHCODE]
      get key
      getbit key offset
      getdel key
      getex key [(EX seconds|PX milliseconds|EXAT unix-time-seconds|PXAT unix-time-milliseconds|PERSIST)]
      getrange key start end
      getset key value
      hdel key field [field ...]
      hello [protover [AUTH username password] [SETNAME clientname]]
      hexists key field
      hexpire key seconds [(NX|XX|GT|LT)] FIELDS numfields field [field ...]
      hexpireat key unix-time-seconds [(NX|XX|GT|LT)] FIELDS numfields field [field ...]
      hexpiretime key FIELDS numfields field [field ...]
      hget key field
      hgetall key
      hgetdel key FIELDS numfields field [field ...]
      hgetex key [(EX seconds|PX milliseconds|EXAT unix-time-seconds|PXAT unix-time-milliseconds|PERSIST)] FIELDS numfields field [field ...]
      hincrby key field increment
      hincrbyfloat key field float
      hkeys key
      hlen key
      hmget key field [field ...]
      hmset key field value [field value ...]
      hpersist key FIELDS numfields field [field ...]
      hpexpire key milliseconds [(NX|XX|GT|LT)] FIELDS numfields field [field ...]
      hpexpireat key unix-time-milliseconds [(NX|XX|GT|LT)] FIELDS numfields field [field ...]
      hpexpiretime key FIELDS numfields field [field ...]
      hpttl key FIELDS numfields field [field ...]
      hrandfield key [count [WITHVALUES]]
      hscan key cursor [MATCH pattern] [COUNT count] [NOVALUES]
      hset key field value [field value ...]
      hsetex key [(FNX|FXX)] [(EX seconds|PX milliseconds|EXAT unix-time-seconds|PXAT unix-time-milliseconds|KEEPTTL)] FIELDS numfields field value [field value ...]
      hsetnx key field value
      hstrlen key field
      httl key FIELDS numfields field [field ...]
      hvals key
      incr key
      incrby key increment
      incrbyfloat key float
      info [section [section ...]]
      keys pattern
      kv.backup directory
      kv.cluster|add node host port node-port [DRYRUN]
      kv.cluster|remove node [DRYRUN]
      kv.cluster|transfer [node] [DRYRUN]
      kv.cas key field expected value
      kv.create key
      kv.watch key [FROM revision]
      latency|graph event
      latency|histogram [command [command ...]]
      latency|history event
      latency|reset [event [event ...]]
      lcs key1 key2 [LEN] [IDX] [MINMATCHLEN len] [WITHMATCHLEN]
      memory|usage key [SAMPLES count]
      mget key [key ...]
      mset key value [key value ...]
      msetnx key value [key value ...]
      object|encoding key
      object|refcount key
      persist key
      pexpire key milliseconds [(NX|XX|GT|LT)]
      pexpireat key unix-time-milliseconds [(NX|XX|GT|LT)]
      pexpiretime key
      ping [message]
      psetex key milliseconds value
      psubscribe pattern [pattern ...]
      pttl key
      publish channel message
      pubsub|channels [pattern]
      pubsub|numsub [channel [channel ...]]
      pubsub|shardchannels [pattern]
      pubsub|shardnumsub [channel [channel ...]]
      punsubscribe [pattern [pattern ...]]
      rename key newkey
      renamenx key newkey
      replicaof (host port|NO ONE)
      restore key ttl serialized-value [REPLACE] [ABSTTL] [IDLETIME seconds] [FREQ frequency]
      scan cursor [MATCH pattern] [COUNT count] [TYPE type]
      script|exists sha1 [sha1 ...]
      script|flush [(ASYNC|SYNC)]
      select index
      set key value [(NX|XX|IFEQ ifeq-value|IFNE ifne-value|IFDEQ ifdeq-digest|IFDNE ifdne-digest)] [GET] [(EX seconds|PX milliseconds|EXAT unix-time-seconds|PXAT unix-time-milliseconds|KEEPTTL)]
      setbit key offset bit
      setex key seconds value
      setnx key value
      setrange key offset value
      slaveof (host port|NO ONE)
      slowlog|get [count]
      spublish shardchannel message
      ssubscribe shardchannel [shardchannel ...]
      strlen key
      subscribe channel [channel ...]
      substr key start end
      sunsubscribe [shardchannel [shardchannel ...]]
      swapdb index1 index2
      touch key [key ...]
      ttl key
      type key
      unlink key [key ...]
      unsubscribe [channel [channel ...]]
      wait numreplicas timeout
      waitaof numlocal numreplicas timeout
      watch key [key ...]
      """;

  /** Of the commands that need an engine for scripts. */
  private static final String SCRIPTS =
      """
      eval script numkeys [key [key ...]] [arg [arg ...]]
      eval_ro script numkeys [key [key ...]] [arg [arg ...]]
      evalsha sha1 numkeys [key [key ...]] [arg [arg ...]]
      evalsha_ro sha1 numkeys [key [key ...]] [arg [arg ...]]
      fcall function numkeys [key [key ...]] [arg [arg ...]]
      fcall_ro function numkeys [key [key ...]] [arg [arg ...]]
      function|load [REPLACE] function-code
      function|restore serialized-value [(FLUSH|APPEND|REPLACE)]
      script|load script
      """;

  private static final Map<String, Synopsis> BY_NAME =
      Stream.concat(TEXT.lines(), Scripts.areSupported() ? SCRIPTS.lines() : Stream.empty())
          .map(line -> line.split(" ", 2))
          .collect(Collectors.toUnmodifiableMap(line -> line[0], line -> Synopsis.of(line[1])));

  private Synopses() {}

  /** What the command of this full name takes; empty if it takes nothing. */
  static Optional<Synopsis> of(String fullName) {
    return Optional.ofNullable(BY_NAME.get(fullName));
  }

  /** The full names of the commands that are described. */
  static Set<String> names() {
    return BY_NAME.keySet();
  }
}
