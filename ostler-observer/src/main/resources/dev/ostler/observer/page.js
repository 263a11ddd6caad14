// The observer's page. It shows what the server tells under api/v1, and keeps it up to date.
//
// Overview. The part of the address after "#" names a view. Each view is a function that fills <main> and may return what
// it wants to hear of the stream: `overview`, once a second, and `happened`, for each event. A view gets a signal, which
// ends its requests and timers when another view opens. What the visitor searches, sorts and turns to is written into the
// address, so that it can be passed on and "back" works.
//
// Everything that comes from the server is put into the page as text, never as markup: a label may be anything.

const main = document.getElementById('main');

// ---------------------------------------------------------------------------------------------------- Making elements

/** An element with attributes and children; strings become text. A property that starts with "on" is a listener. */
function h(name, properties = {}, ...children) {
  return fill(document.createElement(name), properties, children);
}

function svg(name, properties = {}, ...children) {
  return fill(document.createElementNS('http://www.w3.org/2000/svg', name), properties, children);
}

function fill(element, properties, children) {
  for (const [key, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith('on')) element.addEventListener(key.slice(2), value);
    else element.setAttribute(key, value === true ? '' : value);
  }
  element.append(...children.flat().filter((child) => child !== undefined && child !== null));
  return element;
}

/** Sets the text only if it differs, so that a selection in unchanged text survives. */
function put(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

// ----------------------------------------------------------------------------------------------------- Telling figures

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const short = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 });

function count(number) {
  return Number.isInteger(number) || Math.abs(number) >= 100 ? whole.format(number) : short.format(number);
}

function seconds(number) {
  if (number === 0) return '0 s';
  if (number < 1e-3) return `${short.format(number * 1e6)} µs`;
  if (number < 1) return `${short.format(number * 1e3)} ms`;
  if (number < 120) return `${short.format(number)} s`;
  if (number < 7200) return `${whole.format(number / 60)} min`;
  if (number < 172800) return `${short.format(number / 3600)} h`;
  return `${whole.format(number / 86400)} days`;
}

function bytes(number) {
  for (const unit of ['B', 'kB', 'MB', 'GB', 'TB']) {
    if (number < 1000 || unit === 'TB') return `${short.format(number)} ${unit}`;
    number /= 1000;
  }
}

function percent(share) {
  return `${whole.format(share * 100)} %`;
}

function signed(number, format = count) {
  if (number === 0) return '±0';
  return number > 0 ? `+${format(number)}` : `−${format(-number)}`;
}

const isTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d/;

/** The time of day; of another day also the date. The whole of it is in the attribute and the tip. */
function time(iso) {
  const at = new Date(iso);
  const today = at.toDateString() === new Date().toDateString();
  const text = today ? at.toTimeString().slice(0, 8) : `${iso.slice(0, 10)} ${at.toTimeString().slice(0, 8)}`;
  return h('time', { datetime: iso, title: iso }, text);
}

const FORMATS = { number: count, bytes, seconds, percent };

/** The value of a column of that type. */
function typed(value, type) {
  if (value === undefined || value === null || value === '') return '–';
  if (type === 'time') return time(value);
  if (typeof value === 'number' && FORMATS[type]) return FORMATS[type](value);
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return String(value);
}

/** As logs and crash reports write it. */
function numbered(pid) {
  return `<0.${pid}>`;
}

function processLink({ pid, label }, properties = {}) {
  const text = label || numbered(pid);
  if (pid === undefined) return h('span', { class: 'label' }, text);
  const number = label ? h('span', { class: 'pid' }, ` ${numbered(pid)}`) : null;
  return h('a', { class: 'label', href: `#process/${pid}`, ...properties }, text, number);
}

/** The server's sentence, in which a process's number leads to it. */
function withLinks(text) {
  return text.split(/(<0\.\d+>)/).map((part) => {
    const pid = part.match(/^<0\.(\d+)>$/)?.[1];
    return pid ? h('a', { href: `#process/${pid}` }, part) : part;
  });
}

const KINDS = {
  crashed: 'crashed', restarted: 'restarted', gave_up: 'gave up', call_timed_out: 'call timed out',
  long_callback: 'long callback', long_mailbox: 'long mailbox', zombie: 'zombie', dead_letter: 'dead letter',
  unexpected: 'unexpected message', child_ended: 'child ended', start_failed: 'start failed',
  shutdown_failed: 'shutdown failed', left_out: 'left out', mailbox: 'long mailbox', callback: 'long callback',
  suspended: 'suspended', supervisor: 'supervisor', dynamic_supervisor: 'dynamic supervisor',
};
const SEVERE = new Set(['crashed', 'gave_up', 'zombie', 'start_failed', 'shutdown_failed']);

function kind(name) {
  return KINDS[name] ?? String(name).replaceAll('_', ' ').toLowerCase();
}

/** A word with a colour: never the colour alone. */
function badge(name) {
  return h('span', { class: SEVERE.has(name) ? 'badge severe' : name === 'restarted' ? 'badge calm' : 'badge' }, kind(name));
}

// ---------------------------------------------------------------------------------------------------- Asking the server

/** An answer of the server that is no success. */
class Refused extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/** No answer at all. */
class Silent extends Error {}

function address(path, query = {}) {
  const said = Object.entries(query).filter(([, value]) => value !== undefined && value !== '' && value !== false);
  return `api/v1/${path}${said.length ? `?${new URLSearchParams(said)}` : ''}`;
}

async function request(path, { query, body, signal } = {}) {
  const options = { signal, credentials: 'same-origin', headers: {} };
  if (body !== undefined) {
    options.method = 'POST';
    options.headers['Content-Type'] = 'application/json';
    options.body = JSON.stringify(body);
  }
  let answer;
  try {
    answer = await fetch(address(path, query), options);
  } catch (failure) {
    if (failure.name === 'AbortError') throw failure;
    throw new Silent('The server does not answer.');
  }
  if (answer.ok) return answer;
  const said = await answer.json().catch(() => ({}));
  throw new Refused(answer.status, said.error ?? `The server answered ${answer.status}.`);
}

async function get(path, query, signal) {
  return (await request(path, { query, signal })).json();
}

async function post(path, body = {}, signal) {
  const answer = await request(path, { body, signal });
  const text = await answer.text();
  return text ? JSON.parse(text) : {};
}

/** Calls `hear(event, data)` for each event of a stream that answers a POST. */
async function follow(path, body, signal, hear) {
  const answer = await request(path, { body, signal });
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const parts = (rest + value).split(/\r?\n\r?\n/);
    rest = parts.pop();
    for (const part of parts) {
      let event = 'message';
      const data = [];
      for (const line of part.split(/\r?\n/)) {
        if (line.startsWith('event:')) event = line.slice(6).trim();
        else if (line.startsWith('data:')) data.push(line.slice(5).trimStart());
      }
      if (data.length) hear(event, JSON.parse(data.join('\n')));
    }
  }
}

// ------------------------------------------------------------------------------------------------ Speaking to the visitor

const alarm = document.getElementById('alarm');

function warn(...said) {
  alarm.replaceChildren(...said);
  alarm.hidden = said.length === 0;
}

/** What an action led to: shown for a while in the corner, and read out. */
function say(...said) {
  const box = document.getElementById('said');
  box.replaceChildren(...said);
  box.classList.remove('fresh');
  void box.offsetWidth; // Restarts the animation.
  box.classList.add('fresh');
}

/** A failed request, told where its result would be. A refusal for want of a token offers the way out. */
function failure(problem, again) {
  if (problem.status === 401) {
    return h('p', { class: 'failure' }, 'This needs the token. ',
      h('button', { type: 'button', onclick: async () => (await askForToken()) && again?.() }, 'Enter the token…'));
  }
  return h('p', { class: 'failure' }, problem.message,
    again && h('button', { type: 'button', onclick: again }, 'Try again'));
}

/** Asks in a dialog. Answers with the fields' values, or with null if the visitor thinks better of it. */
function ask({ title, text = '', yes, fields = [], danger = false }) {
  const dialog = document.getElementById('question');
  document.getElementById('question-title').textContent = title;
  document.getElementById('question-text').textContent = text;
  const inputs = fields.map(({ label, ...properties }) => h('input', { required: true, ...properties }));
  document.getElementById('question-fields').replaceChildren(
    ...fields.map(({ label }, i) => h('label', {}, `${label} `, inputs[i])));
  const button = document.getElementById('question-yes');
  button.textContent = yes;
  button.classList.toggle('danger', danger);
  dialog.returnValue = '';
  dialog.showModal();
  // What cannot be undone is not what Enter does by accident.
  (inputs[0] ?? (danger ? document.getElementById('question-no') : button)).focus();
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => {
      const values = Object.fromEntries(inputs.map((input) => [input.name, input.value]));
      document.getElementById('question-fields').replaceChildren();
      resolve(dialog.returnValue === 'yes' ? values : null);
    }, { once: true });
  });
}

// Enter in a field means yes, though the first button of the form is the one that cancels.
document.getElementById('question').addEventListener('keydown', (event) => {
  if (event.key === 'Enter' && event.target instanceof HTMLInputElement) {
    event.preventDefault();
    document.getElementById('question-yes').click();
  }
});

async function askForToken() {
  const said = await ask({
    title: 'Token',
    text: 'Actions need it, and so does reading from another machine. Who runs the server knows it.',
    yes: 'Use it',
    fields: [{ label: 'Token', name: 'token', type: 'password', autocomplete: 'off', spellcheck: 'false' }],
  });
  if (!said) return false;
  try {
    await post('session', { token: said.token });
  } catch (problem) {
    say(problem.status === 401 ? 'That is not the token.' : problem.message);
    return false;
  }
  say('The token is accepted.');
  stream.restart();
  return true;
}

document.getElementById('token').addEventListener('click', askForToken);

// --------------------------------------------------------------------------------------------------------- The stream

const KEPT_EVENTS = 500;
const KEPT_SECONDS = 300;

/** What the stream has told: the newest overview, the last five minutes, the last events (newest first). */
const known = { overview: null, history: [], events: [], unseen: 0 };

/*
 * The stream of overviews and events. While the page is hidden there is none: an observer that nobody sees costs nothing.
 *
 *   CLOSED  -> ASKING      // shown, restarted, or the pause after a failure is over
 *   ASKING  -> OPEN        // the overview is answered and shown, the event stream is opened
 *   OPEN                   // "connected" with the stream's first overview: from then on no event is missed
 *   ASKING, OPEN -> CLOSED // hidden; or failed, then it is tried again after a pause
 */
const stream = {
  source: null,
  attempt: 0, // Counts up; what belongs to an older attempt is ignored.
  failures: 0,
  heard: 0,

  async start() {
    const attempt = ++this.attempt;
    try {
      const overview = await get('overview');
      if (attempt !== this.attempt) return;
      known.history = overview.history ?? [];
      this.open(attempt);
      this.show(overview);
    } catch (problem) {
      if (attempt === this.attempt) this.fail(problem);
    }
  },

  open(attempt) {
    const source = new EventSource(address('stream'));
    this.source = source;
    this.heard = performance.now();
    source.addEventListener('overview', (event) => {
      if (attempt !== this.attempt) return;
      const overview = JSON.parse(event.data);
      known.history.push(point(overview));
      if (known.history.length > KEPT_SECONDS) known.history.shift();
      this.hear(overview);
    });
    source.addEventListener('happened', (event) => {
      if (attempt === this.attempt) happened(JSON.parse(event.data));
    });
    source.addEventListener('error', () => {
      if (attempt === this.attempt) this.fail(new Silent('The server does not answer.'));
    });
  },

  hear(overview) {
    this.failures = 0;
    this.heard = performance.now();
    connection('connected', 'connected');
    warn();
    this.show(overview);
  },

  show(overview) {
    known.overview = overview;
    showApplication(overview);
    current.told?.overview?.(overview);
  },

  fail(problem) {
    this.stop();
    if (problem.status === 401) {
      connection('locked', 'token needed');
      warn('Reading from this machine needs the token. ',
        h('button', { type: 'button', onclick: askForToken }, 'Enter the token…'));
      return;
    }
    connection('gone', 'disconnected');
    // Told once: an alert that repeats itself is noise.
    if (this.failures++ === 0 || problem.status) {
      warn(problem.status ? problem.message : 'The server is gone. What you see is the last that it told. Trying again…');
    }
    const attempt = this.attempt;
    setTimeout(() => attempt === this.attempt && !document.hidden && this.start(), Math.min(500 * this.failures, 5000));
  },

  stop() {
    this.attempt++;
    this.source?.close();
    this.source = null;
  },

  restart() {
    this.stop();
    this.start();
  },
};

document.addEventListener('visibilitychange', () => (document.hidden ? stream.stop() : stream.restart()));

// A server that hangs, or a cable that is pulled, ends no connection.
setInterval(() => {
  if (stream.source && performance.now() - stream.heard > 10_000) stream.fail(new Silent('The server has become silent.'));
}, 1000);

/** The figures of one second, for the charts. */
function point(overview) {
  return {
    time: overview.time,
    processes: overview.processes,
    started: overview.rates?.started,
    ended: overview.rates?.ended,
    calls: overview.rates?.calls,
    p99: overview.calls?.p99,
    memory: overview.memory?.used,
    queued: overview.queued ?? overview.longest_mailbox?.queued ?? 0,
    // These are drawn from when the page was opened; the server's history has them not.
    cpu: overview.cpu,
    crashed: overview.rates?.crashed,
    callback: overview.longest_callback?.at_least ?? 0,
  };
}

function happened(event) {
  known.events.unshift(event);
  if (known.events.length > KEPT_EVENTS) known.events.pop();
  if (current.name !== 'events') known.unseen += event.count ?? 1;
  showUnseen();
  current.told?.happened?.(event);
}

function showUnseen() {
  const element = document.getElementById('unseen');
  element.hidden = known.unseen === 0;
  put(element, known.unseen > 999 ? '999+' : String(known.unseen));
}

function connection(state, text) {
  const element = document.getElementById('connection');
  element.className = `connection ${state}`;
  put(element, text);
  document.body.classList.toggle('stale', state !== 'connected');
}

function showApplication(overview) {
  const { name, os_pid: pid, java } = overview.application ?? {};
  const element = document.getElementById('application');
  put(element, name ?? '');
  element.title = [name, pid && `operating system's process ${pid}`, java && `Java ${java}`].filter(Boolean).join(', ');
  const views = document.getElementById('views');
  for (const panel of overview.panels ?? []) {
    const href = `#panel/${encodeURIComponent(panel)}`;
    if ([...views.querySelectorAll('a')].some((link) => link.getAttribute('href') === href)) continue;
    const title = panel.charAt(0).toUpperCase() + panel.slice(1);
    views.insertBefore(h('li', {}, h('a', { href }, title)), views.children[3]);
    markCurrent();
  }
}

// ------------------------------------------------------------------------------------------------------------- Routes

/** The view that is open. `told` is what it wants to hear. */
const current = { name: '', ending: new AbortController(), told: null };

function route() {
  const [path, query = ''] = decodeHash().split('?', 2);
  const [name, argument] = path.split('/', 2);
  return { name, argument: argument === undefined ? undefined : decodeURIComponent(argument), query: new URLSearchParams(query) };
}

function decodeHash() {
  return location.hash.slice(1) || 'overview';
}

function markCurrent() {
  const { name, argument } = route();
  const here = name === 'panel' ? `#panel/${encodeURIComponent(argument)}` : name === 'process' ? '#processes' : `#${name}`;
  for (const link of document.querySelectorAll('#views a')) {
    if (link.getAttribute('href') === here) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
}

function openView(first) {
  const { name, argument, query } = route();
  const view = VIEWS[name] ?? VIEWS.overview;
  current.ending.abort();
  current.ending = new AbortController();
  current.name = name;
  current.told = null;
  main.replaceChildren();
  markCurrent();
  const heading = h('h1', { tabindex: '-1' });
  main.append(heading);
  const told = view({ heading, argument, query, signal: current.ending.signal });
  current.told = told;
  document.title = `${heading.textContent} – Ostler`;
  if (!first) {
    heading.focus({ preventScroll: true });
    window.scrollTo(0, 0);
  }
  if (known.overview) told?.overview?.(known.overview);
}

/** Writes what the visitor chose into the address, without opening the view anew. */
function remember(name, choices) {
  const said = Object.entries(choices).filter(([, value]) => value !== '' && value !== undefined && value !== false && value !== 0);
  const query = new URLSearchParams(said).toString();
  history.replaceState(null, '', `#${name}${query ? `?${query}` : ''}`);
}

/**
 * Runs `work` now and then while the view is open and visible, never twice at a time. What takes the server long, because
 * there are very many processes, is done less often: it takes at most a tenth of the time.
 */
function every(milliseconds, signal, work) {
  let busy = false;
  let next = 0;
  const timer = setInterval(async () => {
    const began = performance.now();
    if (busy || document.hidden || began < next) return;
    busy = true;
    try {
      await work();
    } finally {
      busy = false;
      next = performance.now() + 9 * (performance.now() - began);
    }
  }, milliseconds);
  signal.addEventListener('abort', () => clearInterval(timer));
}

/** Calls `work` once the visitor has stopped typing. */
function afterTyping(work) {
  let timer;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(work, 200);
  };
}

// ---------------------------------------------------------------------------------------------------------- Overview

const FIGURES = [
  { title: 'Processes', now: (o) => o.processes, series: 'processes', format: count },
  { title: 'Starts a second', now: (o) => o.rates?.started, series: 'started', format: count },
  { title: 'Ends a second', now: (o) => o.rates?.ended, series: 'ended', format: count },
  { title: 'Calls a second', now: (o) => o.rates?.calls, series: 'calls', format: count },
  { title: 'Call time, p99', now: (o) => o.calls?.p99, series: 'p99', format: seconds,
    note: (o) => o.calls && `p50 ${seconds(o.calls.p50)}, longest ${seconds(o.calls.max)}` },
  { title: 'Messages waiting', now: (o) => o.queued ?? o.longest_mailbox?.queued ?? 0, series: 'queued', format: count,
    note: (o) => o.longest_mailbox && [processLink(o.longest_mailbox), ` ${count(o.longest_mailbox.queued)}`] },
  { title: 'Longest callback', now: (o) => o.longest_callback?.at_least ?? 0, series: 'callback', format: seconds,
    note: (o) => o.longest_callback && [processLink(o.longest_callback), h('span', { class: 'dim' }, ` ${o.longest_callback.message ?? ''}`)] },
  { title: 'Memory', now: (o) => o.memory?.used, series: 'memory', format: bytes,
    note: (o) => o.memory && `of ${bytes(o.memory.max)} at most` },
  { title: 'Crashes a second', now: (o) => o.rates?.crashed, series: 'crashed', format: count,
    note: (o) => o.totals?.crashed !== undefined && `${count(o.totals.crashed)} in all` },
  { title: 'Processor', now: (o) => o.cpu, series: 'cpu', format: percent, note: (o) => schedulerText(o.scheduler) },
];

const TOTALS = [
  ['crashed', 'crashes'], ['restarted', 'restarts'], ['gave_up', 'supervisors gave up'], ['timeouts', 'calls timed out'],
  ['dead_letters', 'dead letters'], ['long_callbacks', 'long callbacks'], ['long_mailboxes', 'long mailboxes'],
  ['zombies', 'zombies'], ['started', 'starts'], ['ended', 'ends'],
];

function schedulerText(scheduler) {
  if (!scheduler) return undefined;
  const { own, workers, queued } = scheduler;
  return [own === undefined ? null : own ? 'own scheduler' : 'JDK’s scheduler', workers !== undefined && `${count(workers)} workers`,
    queued !== undefined && `${count(queued)} waiting`].filter(Boolean).join(', ');
}

function overviewView({ heading }) {
  heading.textContent = 'Overview';
  const cards = FIGURES.map(figureCard);
  const totals = h('dl', { class: 'totals' });
  let crashes = [];
  const lists = [
    topList('Most messages waiting', 'No message waits.', (row) => [processLink(row), row.queued, count(row.queued)]),
    topList('Slowest calls', 'No call was measured.', (row) => [
      h('span', {}, processLink(row), h('span', { class: 'dim' }, ` ${row.request ?? ''}`)), row.seconds, seconds(row.seconds)]),
    topList('Most crashes', 'Nothing has crashed.', (row) => [
      h('span', {}, processLink(row), h('span', { class: 'dim reason' }, ` ${row.reason ?? ''}`),
        row.last && h('span', { class: 'dim' }, ' ', time(row.last))), row.count, count(row.count)]),
  ];
  main.append(
    h('ul', { class: 'cards' }, cards.map((card) => card.element)),
    h('section', { 'aria-labelledby': 'since' },
      h('h2', { id: 'since' }, 'Since the observer began'), totals),
    h('div', { class: 'three' }, lists.map((list) => list.element)));

  return {
    overview(overview) {
      cards.forEach((card) => card.draw(overview));
      totals.replaceChildren(...TOTALS.filter(([key]) => overview.totals?.[key] !== undefined).map(([key, title]) => {
        const number = overview.totals[key];
        const trouble = number > 0 && !['started', 'ended', 'restarted'].includes(key);
        return h('div', { class: trouble ? 'trouble' : '' }, h('dt', {}, title), h('dd', {}, count(number)));
      }));
      crashes = overview.most_crashes ?? [];
      lists[0].draw(overview.most_messages);
      lists[1].draw(overview.slowest_calls);
      lists[2].draw(crashes);
    },
    happened(event) {
      if (event.kind !== 'crashed') return;
      // The next overview has it, too; who waits for a crash sees it at once.
      const known = crashes.find((row) => row.label === event.label);
      if (known && known.last >= event.time) return;
      const row = { label: event.label, count: (known?.count ?? 0) + 1, last: event.time, reason: event.text };
      crashes = [row, ...crashes.filter((one) => one !== known)].sort((a, b) => b.count - a.count).slice(0, 10);
      lists[2].draw(crashes);
    },
  };
}

function figureCard({ title, now, series, format, note }) {
  const value = h('p', { class: 'value' }, '–');
  const remark = h('p', { class: 'note' });
  const picture = chart();
  const range = h('p', { class: 'range' });
  const element = h('li', { class: 'card' }, h('h2', {}, title), value, remark, picture.element, range);
  return {
    element,
    draw(overview) {
      const number = now(overview);
      // What this runtime does not measure takes no room.
      element.hidden = number === undefined && !known.history.some((second) => second[series] !== undefined);
      put(value, number === undefined ? '–' : format(number));
      const said = note?.(overview);
      if (typeof said === 'string') put(remark, said);
      else replaceUnlessFocused(remark, [said].flat().filter(Boolean));
      const values = known.history.map((second) => second[series]);
      picture.draw(values);
      const numbers = values.filter((n) => n !== undefined);
      const [least, most] = [format(Math.min(...numbers)), format(Math.max(...numbers))];
      put(range, numbers.length < 2 ? '' : `${least === most ? least : `${least} to ${most}`} in ${seconds(numbers.length)}`);
    },
  };
}

/** A line of the last minutes. The range is written beside it, so screen readers pass over the picture. */
function chart() {
  const [width, height] = [KEPT_SECONDS, 40];
  const area = svg('path', { class: 'area' });
  const line = svg('path', { class: 'line', 'vector-effect': 'non-scaling-stroke' });
  const element = svg('svg', { class: 'chart', viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: 'none', 'aria-hidden': 'true' }, area, line);
  return {
    element,
    draw(values) {
      const most = Math.max(1e-9, ...values.filter((n) => n !== undefined));
      // The line begins at the right, and soon takes the whole width.
      const span = Math.max(KEPT_SECONDS / 5, values.length) - 1;
      const x = (i) => (width * (1 - (values.length - 1 - i) / span)).toFixed(1);
      let [stroke, filled, first] = ['', '', null];
      values.forEach((value, i) => {
        if (value === undefined) {
          if (first !== null) filled += `L${x(i - 1)} ${height}Z`;
          first = null;
          return;
        }
        const at = `${x(i)} ${(height - 1 - (value / most) * (height - 3)).toFixed(1)}`;
        stroke += (first === null ? 'M' : 'L') + at;
        filled += first === null ? `M${x(i)} ${height}L${at}` : `L${at}`;
        first ??= i;
      });
      if (first !== null) filled += `L${width} ${height}Z`;
      line.setAttribute('d', stroke);
      area.setAttribute('d', filled);
    },
  };
}

let lists = 0;

function topList(title, nothing, row) {
  const list = h('ol', { class: 'top' });
  const id = `list-${lists++}`;
  const element = h('section', { 'aria-labelledby': id }, h('h2', { id }, title), list);
  return {
    element,
    draw(rows = []) {
      const most = Math.max(1e-12, ...rows.map((r) => row(r)[1]));
      const items = rows.map((r) => {
        const [name, number, text] = row(r);
        const bar = h('span', { class: 'share', 'aria-hidden': 'true' });
        bar.style.width = `${(100 * number) / most}%`;
        return h('li', {}, bar, h('span', { class: 'what' }, name), h('span', { class: 'number' }, text));
      });
      replaceUnlessFocused(list, items.length ? items : [h('li', { class: 'none' }, nothing)]);
    },
  };
}

/** Replaces the children; a focused link gets its focus back, if it is still there. */
function replaceUnlessFocused(element, children) {
  const focused = element.contains(document.activeElement) ? document.activeElement : null;
  const key = focused && focusKey(focused);
  element.replaceChildren(...children);
  if (!key) return;
  const again = [...element.querySelectorAll('a, button, [tabindex]')].find((one) => focusKey(one) === key);
  again?.focus({ preventScroll: true });
}

function focusKey(element) {
  return element.dataset?.key ?? element.getAttribute('href') ?? element.textContent;
}

// -------------------------------------------------------------------------------------------------------------- Tree

const CHILDREN = 100;

/*
 * The tree follows the ARIA pattern: one item is in the tab order, the arrow keys move. What is unfolded is remembered by
 * pid, so that the tree can be read again as a whole; the new items replace the old ones in one step.
 */
function treeView({ heading, query, signal }) {
  heading.textContent = 'Tree';
  const unfolded = new Set();
  const pages = new Map(); // The parent's pid, or '' for the roots, to the offset.
  let search = query.get('q') ?? '';
  let reading = null;
  let first = true;

  const field = h('input', { type: 'search', id: 'tree-search', placeholder: 'label or number', value: search, autocomplete: 'off', spellcheck: 'false' });
  const info = h('p', { class: 'dim', id: 'tree-info' });
  const tree = h('ul', { role: 'tree', class: 'tree', 'aria-label': 'Processes by their parents' });
  const problem = h('div');
  main.append(
    h('div', { class: 'tools' },
      h('label', { for: 'tree-search' }, 'Search'), field,
      h('button', { type: 'button', onclick: () => read() }, 'Refresh'), info),
    h('p', { class: 'dim hint' }, 'Arrow keys move and unfold, Enter opens a process.'),
    problem, tree);

  field.addEventListener('input', afterTyping(() => {
    search = field.value.trim();
    pages.delete('');
    remember('tree', { q: search });
    read(true);
  }));

  async function read(tell = false) {
    reading?.abort();
    reading = new AbortController();
    const mine = AbortSignal.any([signal, reading.signal]);
    try {
      const { items, total } = await level(undefined, 1, mine);
      mine.throwIfAborted();
      first = false;
      problem.replaceChildren();
      const focused = tree.contains(document.activeElement) ? focusKey(document.activeElement) : null;
      tree.replaceChildren(...items);
      const keyed = (key) => [...tree.querySelectorAll('[role=treeitem]')].find((item) => item.dataset.key === key);
      const entry = keyed(focused ?? lastKey) ?? tree.querySelector('[role=treeitem]');
      if (entry) enter(entry, focused !== null);
      tree.hidden = items.length === 0;
      const text = search ? `${count(total)} found` : `${count(total)} ${total === 1 ? 'process' : 'processes'} without a parent`;
      put(info, text);
      if (tell) say(text);
    } catch (failed) {
      if (failed.name !== 'AbortError') problem.replaceChildren(failure(failed, () => read()));
    }
  }

  let lastKey = null;

  /** The children of a parent, and of what is unfolded among them. */
  async function level(parent, depth, mine) {
    const offset = pages.get(parent ?? '') ?? 0;
    const answer = await get('tree', { parent, q: parent === undefined ? search : '', offset, limit: CHILDREN }, mine);
    if (first) unfoldAtFirst(answer.children, depth);
    const items = await Promise.all(answer.children.map(async (node, i) => {
      const item = treeItem(node, depth, offset + i + 1, answer.total);
      if (node.children > 0 && unfolded.has(node.pid)) show(item, (await level(node.pid, depth + 1, mine)).items);
      return item;
    }));
    const turn = (to, text) => {
      const row = h('span', {
        class: 'row turn', role: 'treeitem', tabindex: '-1', 'aria-level': depth, 'data-key': `${parent ?? ''}@${text.slice(0, 4)}`,
      }, text);
      row.activate = async () => {
        pages.set(parent ?? '', to);
        await read();
        say(`${text} shown`);
      };
      return h('li', { role: 'none' }, row);
    };
    if (offset > 0) {
      const before = Math.max(0, offset - CHILDREN);
      items.unshift(turn(before, `Previous: ${count(before + 1)} to ${count(offset)} of ${count(answer.total)}`));
    }
    const end = offset + answer.children.length;
    if (end < answer.total) {
      items.push(turn(end, `Next: ${count(end + 1)} to ${count(Math.min(end + CHILDREN, answer.total))} of ${count(answer.total)}`));
    }
    return { items, total: answer.total };
  }

  /** A small tree is shown as a whole down to the third level. */
  function unfoldAtFirst(nodes, depth) {
    if (nodes.length > 20 || depth > 2 || search) return;
    nodes.filter((node) => node.children > 0 && node.children <= 50).forEach((node) => unfolded.add(node.pid));
  }

  function treeItem(node, depth, position, size) {
    const parts = [
      node.strategy && `${kind(node.strategy)}`,
      node.kind && kind(node.kind),
      node.children > 0 && `${count(node.children)} ${node.children === 1 ? 'child' : 'children'}`,
      node.restarts > 0 && `${count(node.restarts)} ${node.restarts === 1 ? 'restart' : 'restarts'}`,
      node.queued > 0 && `${count(node.queued)} waiting`,
      node.busy && 'busy',
    ].filter(Boolean);
    const label = node.label || node.name || node.id || 'process';
    const trouble = node.trouble ?? (node.suspended ? 'suspended' : undefined);
    const row = h('a', {
      role: 'treeitem', class: trouble ? 'row trouble' : 'row', href: `#process/${node.pid}`, tabindex: '-1', 'data-key': node.pid,
      'aria-level': depth, 'aria-posinset': position, 'aria-setsize': size, 'aria-expanded': node.children > 0 ? 'false' : undefined,
    },
    h('span', { class: 'fold', 'aria-hidden': 'true' }),
    h('span', { class: 'label' }, label, h('span', { class: 'pid' }, ` ${numbered(node.pid)}`)), ' ',
    trouble && badge(trouble), ' ',
    h('span', { class: 'dim' }, parts.join(' · ')));
    row.activate = () => (location.hash = `#process/${node.pid}`);
    return h('li', { role: 'none' }, row);
  }

  /** Puts the children below the item. */
  function show(item, children) {
    const row = item.firstElementChild;
    const group = h('ul', { role: 'group', id: `children-of-${row.dataset.key}` }, children);
    item.querySelector(':scope > [role=group]')?.remove();
    item.append(group);
    row.setAttribute('aria-expanded', 'true');
    row.setAttribute('aria-owns', group.id);
  }

  async function unfold(row) {
    const pid = Number(row.dataset.key);
    unfolded.add(pid);
    try {
      show(row.parentElement, (await level(pid, Number(row.getAttribute('aria-level')) + 1, signal)).items);
    } catch (failed) {
      if (failed.name === 'AbortError') return;
      unfolded.delete(pid);
      say(failed.message);
    }
  }

  function fold(row) {
    unfolded.delete(Number(row.dataset.key));
    row.setAttribute('aria-expanded', 'false');
    row.removeAttribute('aria-owns');
    row.parentElement.querySelector(':scope > [role=group]')?.remove();
  }

  /** Makes it the item that Tab reaches. */
  function enter(item, focus = true) {
    tree.querySelector('[tabindex="0"]')?.setAttribute('tabindex', '-1');
    item.setAttribute('tabindex', '0');
    lastKey = item.dataset.key;
    if (focus) item.focus();
  }

  tree.addEventListener('keydown', (event) => {
    const item = event.target.closest('[role=treeitem]');
    if (!item || event.ctrlKey || event.altKey || event.metaKey) return;
    const shown = [...tree.querySelectorAll('[role=treeitem]')];
    const at = shown.indexOf(item);
    const open = item.getAttribute('aria-expanded');
    const moves = {
      ArrowDown: () => shown[at + 1],
      ArrowUp: () => shown[at - 1],
      Home: () => shown[0],
      End: () => shown.at(-1),
      ArrowRight: () => (open === 'false' ? void unfold(item) : open === 'true' ? shown[at + 1] : undefined),
      ArrowLeft: () => (open === 'true' ? void fold(item) : item.closest('[role=group]')?.previousElementSibling),
      Enter: () => void item.activate(),
      ' ': () => void (open === 'false' ? unfold(item) : open === 'true' ? fold(item) : item.activate()),
    };
    if (!moves[event.key]) return;
    event.preventDefault();
    const next = moves[event.key]();
    if (next) enter(next);
  });

  tree.addEventListener('click', (event) => {
    const item = event.target.closest('[role=treeitem]');
    if (!item || event.ctrlKey || event.metaKey || event.shiftKey) return; // The browser opens a tab or a window.
    const open = item.getAttribute('aria-expanded');
    event.preventDefault();
    enter(item);
    if (open === null || event.target.closest('.label')) item.activate();
    else if (open === 'false') unfold(item);
    else fold(item);
  });

  // The shape changes when something ends or starts. With very many items unfolded it is read again by hand.
  let changed = false;
  every(1000, signal, () => {
    if (!changed || unfolded.size > 50) return;
    changed = false;
    return read();
  });
  let seconds = 0;
  read();
  return {
    happened: () => (changed = true),
    overview: () => (changed ||= ++seconds % 5 === 0),
  };
}

// ------------------------------------------------------------------------------------------------------------- Tables

const ROWS = 50;

/**
 * A table that the server sorts, searches and turns.
 *
 * `load(choices, signal)` answers with {columns?, total, offset, rows}; a column has name, title, type, and perhaps
 * `show(row)`. The heads stay in place while the rows are replaced, and so does the focus.
 */
function pagedTable({ caption, choices, load, signal, changed, key }) {
  let columns = [];
  let reading = null;
  let total = 0;
  const head = h('tr');
  const body = h('tbody');
  const table = h('table', {}, h('caption', { class: 'unseen' }, caption), h('thead', {}, head), body);
  const region = h('div', { class: 'scroll', role: 'region', 'aria-label': caption, tabindex: '0' }, table);
  const problem = h('div');
  const place = h('span', { class: 'place' });
  const button = (text, to) => h('button', { type: 'button', onclick: (event) => {
    if (event.currentTarget.getAttribute('aria-disabled') === 'true') return;
    choices.offset = to();
    changed();
    read(true);
  } }, text);
  const last = () => Math.max(0, Math.floor((total - 1) / ROWS) * ROWS);
  const back = [button('First', () => 0), button('Previous', () => Math.max(0, choices.offset - ROWS))];
  const forth = [button('Next', () => choices.offset + ROWS), button('Last', last)];
  const pages = h('nav', { class: 'pages', 'aria-label': `Pages of ${caption}` }, back, place, forth);

  function sortBy(column) {
    if (choices.sort === column.name) choices.order = choices.order === 'desc' ? 'asc' : 'desc';
    else {
      choices.sort = column.name;
      choices.order = column.type === 'text' ? 'asc' : 'desc';
    }
    choices.offset = 0;
    changed();
    read(true);
  }

  function drawHead(fresh) {
    const same = fresh.length === columns.length && fresh.every((column, i) => column.title === columns[i].title);
    columns = fresh;
    if (!same) {
      head.replaceChildren(...columns.map((column, i) =>
        h('th', { scope: 'col', class: column.type }, column.sortable === false ? column.title :
          h('button', { type: 'button', onclick: () => sortBy(columns[i]) }, column.title,
            h('span', { class: 'arrow', 'aria-hidden': 'true' })))));
    }
    [...head.children].forEach((cell, i) => {
      if (columns[i].name === choices.sort) cell.setAttribute('aria-sort', choices.order === 'desc' ? 'descending' : 'ascending');
      else cell.removeAttribute('aria-sort');
    });
  }

  async function read(tell = false) {
    reading?.abort();
    reading = new AbortController();
    const mine = AbortSignal.any([signal, reading.signal]);
    region.setAttribute('aria-busy', 'true');
    try {
      const answer = await load(choices, mine);
      mine.throwIfAborted();
      problem.replaceChildren();
      total = answer.total;
      if (choices.offset > 0 && choices.offset >= total) {
        // The last pages have gone meanwhile.
        choices.offset = last();
        return read(tell);
      }
      drawHead(answer.columns);
      replaceUnlessFocused(body, answer.rows.length ? answer.rows.map((row) =>
        h('tr', { 'data-key': key(row) }, columns.map((column, i) => {
          const shown = column.show ? column.show(row) : typed(row[column.name], column.type);
          return i === 0 ? h('th', { scope: 'row', class: column.type }, shown) : h('td', { class: shown === '0' ? `${column.type} zero` : column.type }, shown);
        }))) : [h('tr', {}, h('td', { colspan: columns.length || 1, class: 'none' }, 'Nothing is found.'))]);
      const from = answer.rows.length ? choices.offset + 1 : 0;
      const text = `${count(from)} to ${count(choices.offset + answer.rows.length)} of ${count(total)}`;
      put(place, text);
      back.forEach((one) => one.setAttribute('aria-disabled', String(choices.offset === 0)));
      forth.forEach((one) => one.setAttribute('aria-disabled', String(choices.offset + ROWS >= total)));
      if (tell) {
        const column = columns.find((one) => one.name === choices.sort);
        say(`${text}${column ? `, by ${column.title}, ${choices.order === 'desc' ? 'largest' : 'smallest'} first` : ''}`);
      }
    } catch (failed) {
      if (failed.name === 'AbortError') return;
      problem.replaceChildren(failure(failed, () => read()));
    }
    region.removeAttribute('aria-busy');
  }

  return { parts: [problem, region, pages], read };
}

function choicesFrom(query, others = {}) {
  const offset = Number.parseInt(query.get('offset') ?? '0', 10);
  return {
    q: query.get('q') ?? '', sort: query.get('sort') ?? '', order: query.get('order') ?? '',
    offset: Number.isFinite(offset) && offset > 0 ? offset : 0, ...others,
  };
}

function searchField(id, choices, changed, table) {
  const field = h('input', { type: 'search', id, placeholder: 'label or number', value: choices.q, autocomplete: 'off', spellcheck: 'false' });
  field.addEventListener('input', afterTyping(() => {
    choices.q = field.value.trim();
    choices.offset = 0;
    changed();
    table().read(true);
  }));
  return field;
}

function checkbox(text, on, chosen) {
  return h('label', { class: 'check' }, h('input', { type: 'checkbox', checked: on, onchange: (event) => chosen(event.target.checked) }), ` ${text}`);
}

const PROCESS_COLUMNS = [
  { name: 'label', title: 'Process', type: 'text', show: (row) => processLink(row) },
  { name: 'kind', title: 'Kind', type: 'text', show: (row) => (row.kind ? kind(row.kind) : '–') },
  { name: 'queued', title: 'Waiting', type: 'number' },
  { name: 'handled', title: 'Handled', type: 'number' },
  { name: 'restarts', title: 'Restarts', type: 'number' },
  { name: 'links', title: 'Links', type: 'number' },
  { name: 'monitors', title: 'Monitors', type: 'number' },
  { name: 'at_least', title: 'In callback', type: 'seconds' },
  { name: 'callback', title: 'Callback', type: 'text' },
];

/** What the server compares with an earlier look. */
const GROWING = new Set(['queued', 'handled', 'restarts']);

function processesView({ heading, query, signal }) {
  heading.textContent = 'Processes';
  const choices = choicesFrom(query, { growth: query.get('growth') === 'true' });
  choices.sort ||= 'queued';
  choices.order ||= 'desc';
  // The look that growth is counted from, and the newest one.
  let since = null;
  let newest = null;
  const changed = () => remember('processes', choices);
  const sinceText = h('span', { class: 'dim' });

  async function load({ q, sort, order, offset, growth }, mine) {
    const ask = () => get('processes', {
      q, sort, order, offset, limit: ROWS, growth: growth && GROWING.has(sort), since: growth ? since?.name : undefined,
    }, mine);
    let answer;
    try {
      answer = await ask();
    } catch (problem) {
      // The server keeps few looks; ours is no longer among them.
      if (!growth || !since || problem.status !== 400) throw problem;
      since = null;
      answer = await ask();
      since = { name: answer.look, taken: answer.taken };
    }
    newest = { name: answer.look, taken: answer.taken };
    since ??= newest;
    sinceText.replaceChildren(...(growth ? ['since ', time(since.taken)] : []));
    return { ...answer, columns: growth ? PROCESS_COLUMNS.map(grown) : PROCESS_COLUMNS };
  }

  const table = pagedTable({ caption: 'Processes', choices, load, signal, changed, key: (row) => row.pid });
  const again = h('button', { type: 'button', hidden: !choices.growth, onclick: () => {
    since = newest;
    table.read(true);
  } }, 'Count from now');
  main.append(
    h('div', { class: 'tools' },
      h('label', { for: 'process-search' }, 'Search'), searchField('process-search', choices, changed, () => table),
      h('button', { type: 'button', onclick: () => table.read(true) }, 'Refresh'),
      liveBox(signal, () => table.read()),
      checkbox('Growth', choices.growth, (on) => {
        choices.growth = on;
        again.hidden = !on;
        if (on && !GROWING.has(choices.sort)) Object.assign(choices, { sort: 'queued', order: 'desc' });
        choices.offset = 0;
        changed();
        table.read(true);
      }),
      again, sinceText),
    ...table.parts);
  table.read();
}

/** The column with what has been added to it since an earlier look. */
function grown(column) {
  if (!GROWING.has(column.name)) return column;
  return { ...column, title: `${column.title}, growth`, show: (row) => {
    const more = row.growth?.[column.name];
    const value = typed(row[column.name], column.type);
    return more === undefined ? value : h('span', {}, h('span', { class: 'dim' }, `${value} `),
      h('span', { class: more > 0 ? 'more' : 'dim' }, signed(more)));
  } };
}

function liveBox(signal, work) {
  let live = false;
  every(2000, signal, () => (live ? work() : undefined));
  return checkbox('Live', false, (on) => (live = on));
}

function panelView({ heading, argument, query, signal }) {
  heading.textContent = argument.charAt(0).toUpperCase() + argument.slice(1);
  const choices = choicesFrom(query);
  const changed = () => remember(`panel/${encodeURIComponent(argument)}`, choices);

  async function load({ q, sort, order, offset }, mine) {
    const answer = await get(`panels/${encodeURIComponent(argument)}`, { q, sort, order: sort && order, offset, limit: ROWS }, mine);
    const pid = answer.columns.findIndex((column) => column.name === 'pid');
    const columns = answer.columns.map((column, i) => ({
      ...column,
      show: (row) => {
        if (i === pid && row[i] !== undefined && row[i] !== null) return processLink({ pid: row[i] });
        return typed(row[i], column.type);
      },
    }));
    return { ...answer, columns };
  }

  const table = pagedTable({ caption: heading.textContent, choices, load, signal, changed, key: (row) => row[0] });
  const field = searchField('panel-search', choices, changed, () => table);
  field.placeholder = 'part of a name';
  main.append(
    h('div', { class: 'tools' },
      h('label', { for: 'panel-search' }, 'Search'), field,
      h('button', { type: 'button', onclick: () => table.read(true) }, 'Refresh'),
      liveBox(signal, () => table.read())),
    ...table.parts);
  table.read();
}

// -------------------------------------------------------------------------------------------------------- One process

const FACTS = [
  ['name', 'Name'], ['kind', 'Kind'], ['strategy', 'Strategy'], ['id', 'Child id'],
  ['busy', 'Busy'], ['suspended', 'Suspended'], ['callback', 'Callback'], ['message', 'Current message'], ['at_least', 'In it for'],
  ['queued', 'Messages waiting'], ['oldest_at_least', 'Oldest waits for at least'], ['handled', 'Messages handled'],
  ['restarts', 'Restarts'], ['last_crash', 'Last crash'], ['supervisor', 'Supervisor'], ['parent', 'Parent'],
  ['ancestors', 'Ancestors'], ['callers', 'Callers'], ['children', 'Children'], ['links', 'Links'], ['monitors', 'Monitors'],
  ['monitored_by', 'Monitored by'], ['traps_exits', 'Traps exits'],
];
const TITLES = new Map(FACTS);
const SECONDS = new Set(['at_least', 'oldest_at_least', 'age', 'running', 'waited', 'timeout', 'uptime']);
const PIDS = new Set(['supervisor', 'parent', 'ancestors', 'callers', 'links', 'monitors', 'monitored_by']);
const APART = new Set(['pid', 'label', 'state', 'mailbox', 'crashes', 'memory', 'memory_complete', 'memory_error', 'cut', 'error', 'trouble']);

function fact(key, value) {
  if (value === null || value === undefined) return '–';
  if (Array.isArray(value)) {
    if (value.length === 0) return 'none';
    const items = value.map((one) => h('li', {}, fact(key, one)));
    if (items.length <= 20) return h('ul', { class: 'inline' }, items);
    return h('details', {}, h('summary', {}, `${count(items.length)}`), h('ul', { class: 'inline' }, items));
  }
  if (typeof value === 'object') {
    if (value.pid !== undefined) return processLink(value);
    return h('span', {}, Object.entries(value).map(([part, one], i) =>
      h('span', {}, i ? ', ' : '', `${part.replaceAll('_', ' ')} `, fact(part, one))));
  }
  if (typeof value === 'number') {
    if (PIDS.has(key)) return processLink({ pid: value });
    return SECONDS.has(key) ? seconds(value) : key.endsWith('bytes') ? bytes(value) : count(value);
  }
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (isTime.test(value)) return time(value);
  return key === 'kind' || key === 'strategy' ? kind(value) : String(value);
}

const ACTIONS = [
  { verb: 'suspend', title: 'Suspend', text: 'It handles no message until it is resumed. Its callers wait.' },
  { verb: 'resume', title: 'Resume', text: 'It handles its messages again.' },
  { verb: 'restart', title: 'Restart', text: 'It is ended, and its supervisor starts it again. Its state is lost.', danger: true },
  { verb: 'kill', title: 'Kill', text: 'It ends at once, and cannot prevent it. What is linked to it hears of it.', danger: true },
];

function processView({ heading, argument, signal }) {
  const pid = argument;
  heading.textContent = `Process ${numbered(pid)}`;
  const name = h('span', { class: 'label' });
  const trouble = h('span');
  const notice = h('div');
  const facts = h('dl', { class: 'facts' });
  const actions = h('div', { class: 'tools' });
  const state = h('div', { class: 'box' });
  const mailbox = h('div');
  const crashes = h('div');
  const memory = h('dd');
  const section = (id, title, ...parts) => h('section', { 'aria-labelledby': id }, h('h2', { id }, title), ...parts);
  const showState = h('button', { type: 'button', onclick: () => readState() }, 'Show the state');
  const trace = traceOf(pid, signal);

  main.append(h('p', { class: 'subtitle' }, name, ' ', trouble), notice, actions,
    h('div', { class: 'two' },
      section('facts', 'Facts', facts),
      h('div', {},
        section('state', 'State', showState, state),
        section('mailbox', 'Mailbox', mailbox),
        section('crashes', 'Crashes', crashes),
        section('trace', 'Trace', ...trace.parts))));
  actions.append(...ACTIONS.map((action) => h('button', {
    type: 'button', class: action.danger ? 'danger' : '', onclick: () => act(action),
  }, `${action.title}…`)), trace.button);

  let label = '';

  async function read() {
    try {
      show(await get(`processes/${pid}`, {}, signal));
      notice.replaceChildren();
    } catch (failed) {
      if (failed.name === 'AbortError' || failed instanceof Silent) return;
      notice.replaceChildren(failed.status === 404 ?
        h('p', { class: 'failure' }, `Process ${numbered(pid)} has ended.${facts.children.length ? ' This is the last that was known of it.' : ''} `,
          label && h('a', { href: `#processes?${new URLSearchParams({ q: label })}` }, 'Look for its label')) :
        failure(failed, read));
      if (failed.status === 404) actions.querySelectorAll('button').forEach((one) => (one.disabled = true));
    }
  }

  function show(info) {
    label = info.label ?? '';
    put(name, label || info.name || '');
    trouble.replaceChildren(...[info.trouble ?? (info.suspended ? 'suspended' : null)].filter(Boolean).map(badge));
    document.title = `${label || numbered(pid)} – Ostler`;
    const keys = [...TITLES.keys()].filter((key) => key in info).concat(Object.keys(info).filter((key) => !TITLES.has(key)));
    const rows = keys.filter((key) => !APART.has(key) && !key.endsWith('_total')).map((key) => {
      // Of very many only the first are told.
      const left = info[`${key}_total`] > info[key].length ? ` of ${count(info[`${key}_total`])}` : '';
      return h('div', {}, h('dt', {}, TITLES.get(key) ?? key.charAt(0).toUpperCase() + key.slice(1).replaceAll('_', ' ')),
        h('dd', {}, fact(key, info[key]), left));
    });
    // An open list stays open.
    const open = [...facts.querySelectorAll('details[open]')].map((one) => one.closest('div').firstChild.textContent);
    replaceUnlessFocused(facts, [...rows, h('div', {}, h('dt', {}, 'Memory'), memory)]);
    facts.querySelectorAll('details').forEach((one) => (one.open = open.includes(one.closest('div').firstChild.textContent)));
    if (!memory.hasChildNodes()) {
      memory.append(h('button', { type: 'button', onclick: readMemory, 'data-key': 'memory' }, 'Estimate'));
    }
    if (info.mailbox !== undefined || info.queued !== undefined) {
      const waiting = info.mailbox ?? [];
      mailbox.replaceChildren(
        h('p', { class: 'dim' }, info.queued ? `${count(info.queued)} waiting${waiting.length ? ', the first are' : ''}` : 'Empty.'),
        waiting.length ? h('ol', { class: 'texts' }, waiting.map((one) => h('li', {}, typeof one === 'string' ? one : one.text ?? JSON.stringify(one)))) : '');
    }
    drawCrashes(info.crashes ?? []);
  }

  let drawn = '';

  function drawCrashes(list) {
    const text = JSON.stringify(list);
    if (text === drawn) return;
    drawn = text;
    crashes.replaceChildren(list.length ? h('ol', { class: 'reports' }, list.map((one) => h('li', {}, crashReport(one)))) :
      h('p', { class: 'dim' }, 'None since the observer began.'));
  }

  async function readState() {
    try {
      const info = await get(`processes/${pid}`, { state: true }, signal);
      show(info);
      state.replaceChildren(info.state === undefined ?
        h('p', { class: 'failure' }, typeof info.error === 'string' ? info.error : 'This process tells no state.') :
        h('pre', { tabindex: '0', role: 'region', 'aria-label': `State of ${numbered(pid)}` }, info.state));
      if (info.cut) state.append(h('p', { class: 'dim' }, 'The rest is left out.'));
      put(showState, 'Show the state again');
      say('The state is shown.');
    } catch (failed) {
      if (failed.name !== 'AbortError') state.replaceChildren(failure(failed, readState));
    }
  }

  async function readMemory() {
    try {
      const info = await get(`processes/${pid}`, { memory: true }, signal);
      const text = info.memory === undefined ? info.memory_error ?? 'not known' :
        `${info.memory_complete === false ? 'at least' : 'about'} ${bytes(info.memory)}`;
      memory.replaceChildren(text, ' ', h('button', { type: 'button', onclick: readMemory, 'data-key': 'memory' }, 'Again'));
      memory.querySelector('button').focus();
      say(`Memory: ${text}`);
    } catch (failed) {
      if (failed.name !== 'AbortError') say(failed.message);
    }
  }

  async function act({ verb, title, text, danger }) {
    if (!(await ask({ title: `${title} ${numbered(pid)}?`, text: `${label ? `${label}: ` : ''}${text}`, yes: title, danger }))) return;
    try {
      const { done } = await post(`processes/${pid}/${verb}`, {}, signal);
      say(...withLinks(done ?? 'Done.'));
    } catch (failed) {
      if (failed.name === 'AbortError') return;
      if (failed.status === 401) {
        say('Refused: this needs the token.');
        await askForToken();
        return;
      }
      say(failed.message);
    }
    read();
  }

  read();
  every(2000, signal, read);
  return {
    overview({ actions: allowed }) {
      if (allowed === false && !actions.dataset.off) {
        actions.dataset.off = 'off';
        actions.replaceChildren(h('p', { class: 'dim' }, 'Actions are switched off on this server.'));
      }
    },
    happened: (event) => event.pid === Number(pid) && read(),
  };
}

function crashReport({ time: at, label, pid, reason, text }) {
  const title = [time(at), ' ', label && h('span', { class: 'label' }, label), pid !== undefined && h('span', { class: 'pid' }, ` ${numbered(pid)}`), ' ',
    h('span', { class: 'reason' }, reason ?? '')].filter(Boolean);
  if (!text) return h('p', {}, title);
  return h('details', {}, h('summary', {}, title), h('pre', { tabindex: '0', role: 'region', 'aria-label': `Crash report, ${reason ?? at}` }, text));
}

const TRACE_WORDS = { in: 'received', out: 'replied', state: 'new state' };

/** The live trace of one process: it ends by itself, after a number of messages or a time. */
function traceOf(pid, signal) {
  const list = h('ol', { class: 'trace' });
  const info = h('p', { class: 'dim' }, 'Shows each message, its reply and the new state, as they come.');
  const stop = h('button', { type: 'button', hidden: true }, 'Stop the trace');
  const button = h('button', { type: 'button', onclick: start }, 'Trace…');
  let running = null;
  stop.addEventListener('click', () => running?.abort());

  async function start() {
    const said = await ask({
      title: `Trace ${numbered(pid)}?`, text: 'It costs a little while it runs, and stops by itself.', yes: 'Trace',
      fields: [
        { label: 'Messages', name: 'count', type: 'number', min: 1, max: 1000, value: 100 },
        { label: 'Seconds', name: 'seconds', type: 'number', min: 1, max: 600, value: 30 },
      ],
    });
    if (!said) return;
    running?.abort();
    const mine = (running = new AbortController());
    let seen = 0;
    let why = 'the server ended it';
    list.replaceChildren();
    stop.hidden = false;
    put(info, 'Waiting for the first message.');
    say('The trace has begun.');
    try {
      await follow(`processes/${pid}/trace`, { count: Number(said.count), seconds: Number(said.seconds) },
        AbortSignal.any([signal, mine.signal]), (event, data) => {
          if (event === 'end') {
            why = data.why ?? why;
            return;
          }
          seen++;
          put(info, `${count(seen)} so far.`);
          list.append(h('li', { class: data.kind }, data.time && time(data.time), ' ',
            h('b', {}, TRACE_WORDS[data.kind] ?? kind(data.kind)), ' ', h('code', {}, data.text ?? ''),
            data.from !== undefined && data.from !== null ? h('span', { class: 'dim' }, data.kind === 'out' ? ' to ' : ' from ', fact('callers', data.from)) : ''));
        });
      put(info, `Ended: ${why}.`);
      say(`The trace has ended: ${why}.`);
    } catch (failed) {
      if (signal.aborted) return;
      if (failed.name === 'AbortError') put(info, 'Stopped.');
      else {
        put(info, `Not traced: ${failed.message}`);
        if (failed.status === 401) askForToken();
      }
    }
    if (mine === running) {
      stop.hidden = true;
      button.focus();
    }
  }

  return { button, parts: [info, stop, list] };
}

// -------------------------------------------------------------------------------------------------------------- Calls

function callsView({ heading, signal }) {
  heading.textContent = 'Calls';
  const input = (name, value, max) => h('input', { type: 'number', name, id: `calls-${name}`, min: 1, max, value, required: true });
  const info = h('p', { class: 'dim' }, 'Records the calls of all processes for a moment, and shows who called whom, how long each call waited, and how long it ran.');
  const chosen = h('div');
  const found = h('div');
  const button = h('button', { class: 'main' }, 'Record');
  const form = h('form', { class: 'tools', onsubmit: record },
    h('label', { for: 'calls-count' }, 'Calls, at most'), input('count', 1000, 10000),
    h('label', { for: 'calls-seconds' }, 'Seconds'), input('seconds', 5, 20), button);
  main.append(form, info, chosen, found);

  async function record(event) {
    event.preventDefault();
    if (button.getAttribute('aria-disabled') === 'true') return;
    button.setAttribute('aria-disabled', 'true');
    put(info, 'Recording…');
    const wanted = new FormData(form);
    try {
      const answer = await post('calls', { count: Number(wanted.get('count')), seconds: Number(wanted.get('seconds')) }, signal);
      drawCalls(answer.calls ?? []);
    } catch (failed) {
      if (failed.name === 'AbortError') return;
      put(info, failed.status === 404 || failed.status === 501 ? 'This server does not record calls.' : `Not recorded: ${failed.message}`);
      if (failed.status === 401) askForToken();
    }
    button.removeAttribute('aria-disabled');
  }

  function drawCalls(calls) {
    const within = new Map(calls.map((call) => [call.id, []]));
    const roots = [];
    for (const call of calls) (within.get(call.parent) ?? roots).push(call);
    const size = (call) => within.get(call.id).reduce((sum, one) => sum + size(one), 1);
    const took = (call) => (call.replied ?? call.ended ?? call.called) - call.called;
    roots.sort((a, b) => took(b) - took(a));
    const text = calls.length ? `${count(calls.length)} calls, ${count(roots.length)} of them not within another. The slowest are first.` : 'Nobody called anybody.';
    put(info, text);
    say(text);
    const show = (root) => chosen.replaceChildren(waterfall(root, within));
    found.replaceChildren();
    chosen.replaceChildren();
    if (!roots.length) return;
    found.append(h('h2', { id: 'recorded' }, 'Recorded'), h('div', { class: 'scroll', role: 'region', tabindex: '0', 'aria-labelledby': 'recorded' },
      h('table', {}, h('thead', {}, h('tr', {}, ['Server', 'Request', 'Calls within', 'Took', ''].map((title, i) =>
        title ? h('th', { scope: 'col', class: i > 1 ? 'number' : 'text' }, title) : h('td')))),
      h('tbody', {}, roots.slice(0, 200).map((root) => h('tr', {},
        h('th', { scope: 'row' }, processLink({ pid: root.server, label: root.label })),
        h('td', {}, h('code', {}, root.request ?? '')),
        h('td', { class: 'number' }, count(size(root) - 1)),
        h('td', { class: 'number' }, seconds(took(root))),
        h('td', {}, h('button', { type: 'button', onclick: () => {
          show(root);
          chosen.querySelector('h2').focus();
        } }, 'Show'))))))));
    show(roots.find((root) => within.get(root.id).length) ?? roots[0]);
  }

  return {};
}

/** One call and those within it: who called whom, and when it waited and ran. */
function waterfall(root, within) {
  const rows = [];
  const add = (call, depth, caller) => {
    rows.push({ call, depth, caller });
    within.get(call.id).sort((a, b) => a.called - b.called).forEach((one) => add(one, depth + 1, call));
  };
  add(root, 0, null);
  const end = Math.max(...rows.map(({ call }) => call.replied ?? call.ended ?? call.called));
  const whole = Math.max(end - root.called, 1e-9);
  const bar = (name, from, to) => {
    const element = h('span', { class: `bar ${name}` });
    element.style.left = `${(100 * (from - root.called)) / whole}%`;
    element.style.width = `${(100 * Math.max(to - from, 0)) / whole}%`;
    return element;
  };
  const title = `${root.label ?? numbered(root.server)}, ${seconds(whole)}`;
  return h('div', {}, h('h2', { id: 'waterfall', tabindex: '-1' }, title),
    h('p', { class: 'legend dim', 'aria-hidden': 'true' }, h('span', { class: 'key waited' }), ' waited ', h('span', { class: 'key ran' }), ' ran'),
    h('div', { class: 'scroll', role: 'region', tabindex: '0', 'aria-labelledby': 'waterfall' }, h('table', { class: 'waterfall' },
      h('thead', {}, h('tr', {}, ['Server', 'Request', 'Waited', 'Ran', 'When'].map((column) => h('th', { scope: 'col' }, column)))),
      h('tbody', {}, rows.map(({ call, depth, caller }) => {
        const began = call.began ?? call.replied ?? end;
        const ended = call.ended ?? call.replied ?? end;
        const server = h('th', { scope: 'row' }, processLink({ pid: call.server, label: call.label }),
          h('span', { class: 'unseen' }, caller ? `, called by ${caller.label ?? numbered(caller.server)}` : ''));
        server.style.paddingInlineStart = `${0.6 + depth * 1.2}rem`;
        return h('tr', {}, server, h('td', {}, h('code', {}, call.request ?? '')),
          h('td', { class: 'number' }, seconds(Math.max(0, began - call.called))),
          h('td', { class: 'number' }, call.began === undefined ? '–' : seconds(Math.max(0, ended - began))),
          h('td', { class: 'when' }, h('span', { class: 'bars', 'aria-hidden': 'true' }, bar('waited', call.called, began), bar('ran', began, ended)),
            h('span', { class: 'unseen' }, `after ${seconds(call.called - root.called)}`)));
      })))));
}

// ------------------------------------------------------------------------------------------------------------- Events

function eventsView({ heading, signal }) {
  heading.textContent = 'Events';
  let held = false;
  let only = '';
  known.unseen = 0;
  showUnseen();
  const list = h('ol', { class: 'events' });
  const select = h('select', { id: 'event-kind', onchange: () => {
    only = select.value;
    draw();
  } }, h('option', { value: '' }, 'all'), ['crashed', 'restarted', 'gave_up', 'call_timed_out', 'long_callback', 'long_mailbox', 'zombie',
    'dead_letter', 'unexpected', 'child_ended', 'start_failed', 'shutdown_failed'].map((one) => h('option', { value: one }, kind(one))));
  const reports = h('div');
  main.append(
    h('div', { class: 'tools' },
      h('label', { for: 'event-kind' }, 'Kind'), select,
      checkbox('Hold', false, (on) => {
        held = on;
        draw();
      }),
      h('button', { type: 'button', onclick: () => {
        known.events.length = 0;
        draw();
        say('The list is empty.');
      } }, 'Clear')),
    h('div', { class: 'two even' },
      h('section', { 'aria-labelledby': 'events' }, h('h2', { id: 'events' }, 'As they happen'), list),
      h('section', { 'aria-labelledby': 'reports' }, h('h2', { id: 'reports' }, 'Crash reports'), reports)));

  const row = (event) => h('li', {}, event.time && time(event.time), ' ', badge(event.kind), ' ',
    event.kind === 'left_out' ? `${count(event.count)} more in that second` : [
      (event.pid !== undefined || event.label) && processLink(event), ' ', h('span', { class: 'what' }, event.text ?? '')].filter(Boolean));

  function draw() {
    if (held) return;
    const shown = known.events.filter((event) => !only || event.kind === only);
    replaceUnlessFocused(list, shown.length ? shown.map(row) : [h('li', { class: 'none' }, 'Nothing has happened since this page was opened.')]);
  }

  let drawn = '';

  async function readReports() {
    try {
      const answer = await get('crashes', { limit: 50 }, signal);
      const list = Array.isArray(answer) ? answer : answer.crashes ?? [];
      const text = JSON.stringify(list);
      if (text === drawn) return;
      drawn = text;
      const open = new Set([...reports.querySelectorAll('details[open] summary')].map((one) => one.textContent));
      replaceUnlessFocused(reports, [list.length ? h('ol', { class: 'reports' }, list.map((one) => h('li', {}, crashReport(one)))) :
        h('p', { class: 'dim' }, 'Nothing has crashed since the observer began.')]);
      reports.querySelectorAll('summary').forEach((one) => (one.parentElement.open = open.has(one.textContent)));
    } catch (failed) {
      if (failed.name !== 'AbortError' && !(failed instanceof Silent)) reports.replaceChildren(failure(failed, readReports));
    }
  }

  // Fifty events a second are drawn at once, not one by one.
  let fresh = false;
  let crashed = false;
  every(250, signal, () => {
    if (fresh) {
      fresh = false;
      draw();
    }
    if (crashed) {
      crashed = false;
      return readReports();
    }
  });
  draw();
  readReports();
  return {
    happened(event) {
      fresh = true;
      crashed ||= event.kind === 'crashed';
    },
  };
}

// -------------------------------------------------------------------------------------------------------------- Start

const VIEWS = {
  overview: overviewView,
  tree: treeView,
  processes: processesView,
  process: processView,
  panel: panelView,
  calls: callsView,
  events: eventsView,
};

document.getElementById('skip').addEventListener('click', (event) => {
  event.preventDefault(); // The part after "#" is the view's.
  main.querySelector('h1').focus();
});
window.addEventListener('hashchange', () => openView(false));
openView(true);
if (!document.hidden) stream.start();
