// A unit's daily comparison: what the counter has told it, against what it has applied. What is missing is sent again.
//
//   node docs/examples/reconcile_daily.mjs [MINUTES]
//
// A lost message shows when the next one of its service request arrives; a lost last one shows here only. It reads the
// memory of unit_worker.mjs and changes nothing in it: what is missing comes by the queue, to the worker, which may run
// meanwhile. It passes over what changed in the last MINUTES (60), which may still be on its way. Prints how many were
// compared, which lacked something, how many messages were sent again, and which the counter does not know. Run again at
// any time, it does no harm. Node.js 20.11 or later, no packages. It needs the variables of the worker, but for the
// queue's:
//
//   UNIT, ROLE_ARN, API_URL, AWS_REGION                 who it is, and where things are
//   AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY            an identity that may assume the role
//   AWS_SESSION_TOKEN                                   only where that identity has one
//   AWS_ENDPOINT_URL                                    only where AWS is emulated
//   MEMORY                                              the worker's file; a real unit asks its own database

import { createHash, createHmac } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";

const { UNIT, ROLE_ARN, API_URL, AWS_REGION, AWS_ENDPOINT_URL, MEMORY } = process.env;
const NEEDED = { UNIT, ROLE_ARN, API_URL, AWS_REGION, MEMORY };
const missing = Object.keys(NEEDED).filter((name) => !NEEDED[name]);
if (missing.length > 0) {
  console.error(`Set ${missing.join(", ")}.`);
  process.exit(2);
}
const LIST = `${API_URL}/v1/units/${UNIT}/service-requests`;
const MINUTES = Number(process.argv[2] ?? 60);
if (!(MINUTES >= 0)) {
  console.error(`Give MINUTES as a number: ${process.argv[2]} is none, and all would seem well.`);
  process.exit(2);
}
const TRIES = 6;

// --- the comparison

async function compare() {
  const listed = await everyOpen();
  // Read after the list, so that what the worker has applied meanwhile counts.
  const memory = existsSync(MEMORY) ? JSON.parse(readFileSync(MEMORY, "utf8")) : { last: {}, work_orders: [] };
  const known = new Set(listed.map((found) => found.service_request_id));
  // Open with us and not in the list: it was closed, or given to another unit, and perhaps we were not told.
  const unlisted = memory.work_orders.filter((order) => order.open && !known.has(order.service_request_id));
  const unknown = [];
  for (const { service_request_id: id } of unlisted) {
    const found = await ask("GET", `${LIST}/${id}`);
    if (found) listed.push(found);
    else unknown.push(id); // for somebody to look at: the counter was restored from a backup, or another one is asked
  }
  const settled = listed.filter((found) => Date.parse(found.updated_at) < Date.now() - MINUTES * 60_000);
  const lacking = settled.filter((found) => found.last_sequence > (memory.last[found.service_request_id] ?? 0));
  let messages = 0;
  for (const { service_request_id: id } of lacking) {
    const from = { from_sequence: (memory.last[id] ?? 0) + 1 };
    messages += (await ask("POST", `${LIST}/${id}/resend`, JSON.stringify(from))).messages;
  }
  return { compared: listed.length, lacking: lacking.map((found) => found.service_request_id), messages, unknown };
}

// All that is open with the unit, a part at a time.
async function everyOpen() {
  const found = [];
  let next = `${LIST}?limit=100&status=open`;
  while (next) {
    const part = await ask("GET", next);
    found.push(...part.items);
    next = part.next && new URL(part.next, LIST).href;
  }
  return found;
}

// Asks the counter, again where that may help; null is what it does not know. Throws what else it refuses.
async function ask(method, url, body) {
  const headers = body ? { "Content-Type": "application/json" } : {};
  for (let tries = 1; ; tries += 1) {
    const answer = await send("execute-api", method, url, body, headers).catch((error) => ({ status: error.message }));
    if (answer.ok) return answer.json();
    if (answer.status === 404) return null;
    const passes = !(answer.status < 500) || answer.status === 429;
    if (!passes || tries === TRIES) throw new Error(`${method} ${url}: ${answer.status}`);
    await new Promise((done) => setTimeout(done, 2 ** tries * 250));
  }
}

// --- the role's credentials, for an hour: a comparison takes seconds

let credentials = null;

async function roleCredentials() {
  if (credentials) return credentials;
  const url = AWS_ENDPOINT_URL ?? `https://sts.${AWS_REGION}.amazonaws.com`;
  const asked = { Action: "AssumeRole", Version: "2011-06-15", RoleArn: ROLE_ARN, RoleSessionName: `daily-${UNIT}` };
  const body = new URLSearchParams(asked).toString();
  const { AWS_ACCESS_KEY_ID: key, AWS_SECRET_ACCESS_KEY: secret, AWS_SESSION_TOKEN: token } = process.env;
  const form = { "Content-Type": "application/x-www-form-urlencoded" };
  const headers = sign("sts", "POST", new URL(url), body, form, { key, secret, token });
  const answer = await fetch(url, { method: "POST", headers, body, signal: AbortSignal.timeout(30_000) });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`AssumeRole: ${answer.status} ${text}`);
  const [newKey, newSecret, newToken] = ["AccessKeyId", "SecretAccessKey", "SessionToken"].map(
    (name) => text.match(`<${name}>([^<]+)</${name}>`)[1],
  );
  credentials = { key: newKey, secret: newSecret, token: newToken };
  return credentials;
}

// --- AWS Signature Version 4, as in unit_worker.mjs

async function send(service, method, url, body, headers) {
  const signed = sign(service, method, new URL(url), body, headers, await roleCredentials());
  return fetch(url, { method, headers: signed, body, signal: AbortSignal.timeout(30_000) });
}

function sign(service, method, url, body, headers, { key, secret, token }) {
  const time = new Date().toISOString().replace(/[-:]|\.\d+/g, "");
  const scope = `${time.slice(0, 8)}/${AWS_REGION}/${service}/aws4_request`;
  const all = { ...headers, Host: url.host, "X-Amz-Date": time, ...(token && { "X-Amz-Security-Token": token }) };
  const lines = Object.entries(all).map(([name, value]) => [name.toLowerCase(), value]).sort();
  const names = lines.map(([name]) => name).join(";");
  const query = [...url.searchParams].map((pair) => pair.map(encodeURIComponent).join("=")).sort().join("&");
  const signedLines = lines.map((line) => line.join(":"));
  const canonical = [method, url.pathname, query, ...signedLines, "", names, sha256(body ?? "")].join("\n");
  const dated = hmac(`AWS4${secret}`, time.slice(0, 8));
  const signing = [AWS_REGION, service, "aws4_request"].reduce(hmac, dated);
  const signature = hmac(signing, `AWS4-HMAC-SHA256\n${time}\n${scope}\n${sha256(canonical)}`).toString("hex");
  const { Host, ...sent } = all; // fetch sets it
  const proof = `Credential=${key}/${scope}, SignedHeaders=${names}, Signature=${signature}`;
  return { ...sent, Authorization: `AWS4-HMAC-SHA256 ${proof}` };
}

const hmac = (key, text) => createHmac("sha256", key).update(text).digest();
const sha256 = (text) => createHash("sha256").update(text).digest("hex");

try {
  console.log(JSON.stringify(await compare()));
} catch (error) {
  console.error(`Not compared; run it again: ${error.message}`);
  process.exit(1);
}
