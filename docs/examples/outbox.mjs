// An app's outbox: what a citizen sent is taken once, however often the network fails on the way.
//
//   node docs/examples/outbox.mjs API_URL FILE SUBMISSION
//
// Puts a submission in the outbox, a file, and sends what is there until each has its answer. Run it without a
// SUBMISSION after a crash: it goes on where it was. Node.js 20.11 or later and no packages; a page or an app has the
// same `fetch` and `crypto`, and keeps its outbox in IndexedDB or a table.

import { readFileSync, realpathSync, renameSync, writeFileSync } from "node:fs";

const LONGEST_PAUSE_S = 300;

export class Outbox {
  constructor(apiUrl, storage, pause = (seconds) => new Promise((done) => setTimeout(done, seconds * 1000))) {
    this.address = `${apiUrl}/v1/service-requests`;
    this.storage = storage;
    this.pause = pause;
  }

  // The key is made once, and stored with the submission before the first try: that is what makes a repeat harmless.
  add(submission) {
    this.storage.save([...this.storage.load(), { key: crypto.randomUUID(), submission }]);
  }

  // Sends what waits, the oldest first. Gives the outcome of each: what to keep, or what to show the citizen.
  async flush() {
    const outcomes = [];
    for (let waiting = this.storage.load(); waiting.length > 0; waiting = this.storage.load()) {
      outcomes.push(await this.settle(waiting[0]));
      // A real app stores the receipt, with its token, in the same transaction.
      this.storage.save(this.storage.load().slice(1));
    }
    return outcomes;
  }

  async settle(entry) {
    for (let tries = 1; ; tries += 1) {
      const answer = await this.send(entry);
      if (answer?.status === 201) return { outcome: "taken", receipt: await answer.json() };
      if (answer && answer.status < 500 && answer.status !== 429) {
        return { outcome: "refused", problem: await answer.json() };
      }
      const asked = Number(answer?.headers.get("Retry-After"));
      await this.pause(asked || Math.min(LONGEST_PAUSE_S, 2 ** tries));
    }
  }

  // The answer, or nothing: no network, or it broke on the way. It may have been taken; the same again will tell.
  async send({ key, submission }) {
    try {
      return await fetch(this.address, {
        method: "POST",
        headers: { "Content-Type": "application/json", "Idempotency-Key": key },
        body: JSON.stringify(submission),
        signal: AbortSignal.timeout(30_000),
      });
    } catch {
      return null;
    }
  }
}

export class FileStorage {
  constructor(path) {
    this.path = path;
  }

  load() {
    try {
      return JSON.parse(readFileSync(this.path, "utf8") || "[]");
    } catch (error) {
      if (error.code === "ENOENT") return [];
      throw error;
    }
  }

  // Written beside and put in its place, so that a crash leaves the one or the other, whole.
  save(entries) {
    writeFileSync(`${this.path}.new`, JSON.stringify(entries));
    renameSync(`${this.path}.new`, this.path);
  }
}

if (import.meta.filename === realpathSync(process.argv[1])) {
  const [apiUrl, file, submission] = process.argv.slice(2);
  if (!file) {
    console.error("node docs/examples/outbox.mjs API_URL FILE [SUBMISSION]");
    process.exit(2);
  }
  const outbox = new Outbox(apiUrl, new FileStorage(file));
  if (submission) outbox.add(JSON.parse(submission));
  for (const outcome of await outbox.flush()) console.log(JSON.stringify(outcome));
}
