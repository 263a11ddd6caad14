// Does with a library what it is told: a request in JSON on each line of its input, an answer on each of its output.
//   node library.mjs ioredis|redis PORT AUTHORITY|- PASSWORD|-
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

const [library, port, authority, password] = process.argv.slice(2);
const tls = authority === '-' ? undefined : { ca: readFileSync(authority), servername: 'localhost' };
const secret = password === '-' ? undefined : password;

async function ioredis() {
  const { Redis } = await import('ioredis');
  const open = () => new Redis({ host: '127.0.0.1', port: Number(port), tls, password: secret });
  const redis = open();
  redis.on('error', fail);
  return {
    write: (bucket, key, value) => redis.hset(bucket, key, value),
    read: (bucket, key) => redis.hget(bucket, key),
    set: (bucket, value) => redis.set(bucket, value),
    get: (bucket) => redis.get(bucket),
    async scan(pattern) {
      const found = [];
      for await (const keys of redis.scanStream({ match: pattern, count: 10 })) found.push(...keys);
      return found;
    },
    async expire(bucket, millis) {
      await redis.pexpire(bucket, millis);
      return redis.pttl(bucket);
    },
    exists: (bucket) => redis.exists(bucket),
    async transaction(bucket) {
      const replies = await redis.multi().hset(bucket, 'a', '1').hincrby(bucket, 'a', 41).hget(bucket, 'a').exec();
      return replies.map(([error, reply]) => String(error ?? reply));
    },
    async pipeline(bucket, count) {
      const pipeline = redis.pipeline();
      for (let i = 0; i < count; i++) pipeline.hincrby(bucket, 'n', 1);
      return (await pipeline.exec()).map(([error, reply]) => error ?? reply);
    },
    async publish(channel, text) {
      const other = open();
      other.on('error', fail);
      const heard = new Promise((resolve) => other.on('message', (_, message) => resolve(message)));
      await other.subscribe(channel);
      await redis.publish(channel, text);
      const message = await heard;
      await other.quit();
      return message;
    },
    close: () => redis.quit(),
  };
}

async function nodeRedis() {
  const { createClient } = await import('redis');
  const socket = { host: '127.0.0.1', port: Number(port), ...(tls ? { tls: true, ...tls } : {}) };
  // On a busy machine 10,000 commands may take longer than its own 5 s.
  const redis = createClient({ socket, password: secret, commandOptions: { timeout: 60_000 } });
  redis.on('error', fail);
  await redis.connect();
  return {
    write: (bucket, key, value) => redis.hSet(bucket, key, value),
    read: (bucket, key) => redis.hGet(bucket, key),
    set: (bucket, value) => redis.set(bucket, value),
    get: (bucket) => redis.get(bucket),
    async scan(pattern) {
      const found = [];
      for await (const keys of redis.scanIterator({ MATCH: pattern, COUNT: 10 })) found.push(...[keys].flat());
      return found;
    },
    async expire(bucket, millis) {
      await redis.pExpire(bucket, millis);
      return redis.pTTL(bucket);
    },
    exists: (bucket) => redis.exists(bucket),
    async transaction(bucket) {
      const replies = await redis.multi().hSet(bucket, 'a', '1').hIncrBy(bucket, 'a', 41).hGet(bucket, 'a').exec();
      return replies.map(String);
    },
    async pipeline(bucket, count) {
      // Commands of one turn go out together.
      return Promise.all(Array.from({ length: count }, () => redis.hIncrBy(bucket, 'n', 1)));
    },
    async publish(channel, text) {
      const other = redis.duplicate();
      other.on('error', fail);
      await other.connect();
      let subscribed;
      const heard = new Promise((resolve) => {
        subscribed = other.subscribe(channel, resolve);
      });
      await subscribed;
      await redis.publish(channel, text);
      const message = await heard;
      await other.close();
      return message;
    },
    close: () => redis.close(),
  };
}

function fail(error) {
  console.error(error);
  process.exit(1);
}

try {
  const client = await (library === 'ioredis' ? ioredis() : nodeRedis());
  for await (const line of createInterface({ input: process.stdin })) {
    const [name, ...args] = JSON.parse(line);
    const answer = await client[name](...args);
    console.log([answer].flat().map(String).join('\t'));
  }
  await client.close();
} catch (error) {
  fail(error);
}
