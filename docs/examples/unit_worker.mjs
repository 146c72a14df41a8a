// A unit's worker: takes the messages of its queue, opens work orders, reports what becomes of them.
//
//   node docs/examples/unit_worker.mjs [--until-done]
//
// Messages come at least once: perhaps again, perhaps after one that was lost. Killed at any moment and started again,
// it goes on where it was. With --until-done it stops when the queue is empty and every report is answered, to be run
// by a schedule. Node.js 20.11 or later, no packages. It needs these variables:
//
//   UNIT, ROLE_ARN, QUEUE_URL, API_URL, AWS_REGION      who it is, and where things are
//   AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY            an identity that may assume the role
//   AWS_SESSION_TOKEN                                   only where that identity has one
//   AWS_ENDPOINT_URL                                    only where AWS is emulated
//   MEMORY                                              a file, of this process alone; a real unit has its own database

import { createHash, createHmac, randomUUID } from "node:crypto";
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";

const { UNIT, ROLE_ARN, QUEUE_URL, API_URL, AWS_REGION, AWS_ENDPOINT_URL, MEMORY } = process.env;
const UNTIL_DONE = process.argv.includes("--until-done");
const NEEDED = { UNIT, ROLE_ARN, QUEUE_URL, API_URL, AWS_REGION, MEMORY };
const missing = Object.keys(NEEDED).filter((name) => !NEEDED[name]);
if (missing.length > 0) {
  console.error(`Set ${missing.join(", ")}.`);
  process.exit(2);
}
const PAUSE_S = 1;
const LONGEST_PAUSE_S = 60;

// --- memory: one file, replaced whole, so that what a message led to and its sequence are stored together or not

const BLANK = { last: {}, work_orders: [], reports: [] };
let memory = existsSync(MEMORY) ? JSON.parse(readFileSync(MEMORY, "utf8")) : BLANK;

// A transaction: what `how` does to the memory is on disk after it, or was not done.
function change(how) {
  const before = memory;
  memory = structuredClone(before);
  try {
    how();
    const file = openSync(`${MEMORY}.new`, "w");
    writeSync(file, JSON.stringify(memory));
    fsyncSync(file);
    closeSync(file);
    renameSync(`${MEMORY}.new`, MEMORY);
  } catch (error) {
    memory = before;
    throw error;
  }
}

// --- messages

// The consumer's rule. Whether the message has done its work, and may be deleted.
async function take(event) {
  const { sequence, previous_sequence: previous, entry, service_request: found } = event.data;
  const id = event.subject;
  const last = memory.last[id] ?? 0;
  if (sequence <= last) return true; // a repeat
  if (previous === last) {
    change(() => {
      apply(found, entry);
      memory.last[id] = sequence;
    });
    return true;
  }
  return (await catchUp(id)) >= sequence; // a gap
}

// Applies what is new of a service request as the counter has it; gives the last sequence applied.
async function catchUp(id) {
  const answer = await call("GET", id);
  const last = memory.last[id] ?? 0;
  if (answer.status !== 200) return last;
  const found = await answer.json();
  change(() => {
    for (const entry of found.timeline) if (entry.addressed && entry.sequence > last) apply(found, entry);
    memory.last[id] = Math.max(last, found.last_sequence);
  });
  return memory.last[id];
}

// What an entry leads to: here a unit's system writes to its own tables, in the same transaction.
function apply(found, entry) {
  const id = found.service_request_id;
  say(`${id}  ${entry.sequence}: ${entry.action}${entry.text ? `: ${entry.text}` : ""}`);
  const open = memory.work_orders.find((order) => order.service_request_id === id && order.open);
  const wanted = found.unit === UNIT && !["resolved", "refused", "duplicate", "withdrawn"].includes(found.status);
  const anew = entry.unit === UNIT || entry.action === "reopen"; // given to us, or given back
  if (open && (anew || !wanted)) {
    open.open = false;
    memory.reports = memory.reports.filter((report) => report.work_order !== open.number);
  }
  if (wanted && (anew || !open)) openWorkOrder(found);
}

function openWorkOrder(found) {
  const number = memory.work_orders.length + 1;
  const { service_request_id, service, place } = found;
  memory.work_orders.push({ number, service_request_id, service: service.code, place, open: true });
  plan(number, service_request_id, { action: "acknowledge" });
  // A real unit reports this when its crew has been there.
  plan(number, service_request_id, { action: "resolve", resolution: "fixed", message: "C’est fait. / Done." });
}

// --- reports: stored whole, with their update_id, before they are first sent, so that a repeat says the same

function plan(number, id, what) {
  const body = { update_id: randomUUID(), occurred_at: new Date().toISOString(), reference: `BT-${number}`, ...what };
  memory.reports.push({ work_order: number, service_request_id: id, body });
}

// Sends a report. Settled by success, or by a refusal that no repeat will change; after anything else it is sent again.
async function settle(report) {
  const { status } = await call("POST", `${report.service_request_id}/updates`, JSON.stringify(report.body));
  if (status >= 500 || status === 403 || status === 429) throw new Error(`${report.body.action}: answered ${status}`);
  say(`${report.service_request_id}  ${report.body.action}: ${status}`);
  change(() => {
    memory.reports = memory.reports.filter((other) => other.body.update_id !== report.body.update_id);
    if (report.body.action === "resolve") memory.work_orders[report.work_order - 1].open = false;
  });
}

// --- the queue (SQS's JSON protocol), and the counter's API

async function sqs(action, body) {
  const headers = { "Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": `AmazonSQS.${action}` };
  const asked = JSON.stringify({ QueueUrl: QUEUE_URL, ...body });
  const answer = await send("sqs", "POST", `${new URL(QUEUE_URL).origin}/`, asked, headers);
  if (!answer.ok) throw new Error(`${action}: ${answer.status} ${await answer.text()}`);
  return answer.json();
}

function call(method, path, body) {
  const url = `${API_URL}/v1/units/${UNIT}/service-requests/${path}`;
  return send("execute-api", method, url, body, body ? { "Content-Type": "application/json" } : {});
}

async function send(service, method, url, body, headers) {
  const signed = sign(service, method, new URL(url), body, headers, await roleCredentials());
  return fetch(url, { method, headers: signed, body, signal: AbortSignal.timeout(30_000) });
}

// --- the role's credentials, for an hour at a time

let credentials = null;

async function roleCredentials() {
  if (credentials && Date.now() < credentials.expires - 300_000) return credentials;
  const url = AWS_ENDPOINT_URL ?? `https://sts.${AWS_REGION}.amazonaws.com`;
  const asked = { Action: "AssumeRole", Version: "2011-06-15", RoleArn: ROLE_ARN, RoleSessionName: `worker-${UNIT}` };
  const body = new URLSearchParams(asked).toString();
  const { AWS_ACCESS_KEY_ID: key, AWS_SECRET_ACCESS_KEY: secret, AWS_SESSION_TOKEN: token } = process.env;
  const form = { "Content-Type": "application/x-www-form-urlencoded" };
  const headers = sign("sts", "POST", new URL(url), body, form, { key, secret, token });
  const answer = await fetch(url, { method: "POST", headers, body, signal: AbortSignal.timeout(30_000) });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`AssumeRole: ${answer.status} ${text}`);
  const [newKey, newSecret, newToken, expires] = ["AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration"].map(
    (name) => text.match(`<${name}>([^<]+)</${name}>`)[1],
  );
  credentials = { key: newKey, secret: newSecret, token: newToken, expires: Date.parse(expires) };
  return credentials;
}

// --- AWS Signature Version 4. Headers with their signature; the paths used here need no encoding.

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

// --- in turns

async function turn() {
  const wait = memory.reports.length > 0 || UNTIL_DONE ? 1 : 20;
  const asked = { MaxNumberOfMessages: 10, WaitTimeSeconds: wait, VisibilityTimeout: 60 };
  const { Messages: messages = [] } = await sqs("ReceiveMessage", asked);
  for (const message of messages) {
    if (await taken(message)) await sqs("DeleteMessage", { ReceiptHandle: message.ReceiptHandle });
  }
  while (memory.reports.length > 0) await settle(memory.reports[0]);
  return messages.length > 0;
}

// A message that cannot be taken stays on the queue; after ten tries the queue puts it aside, for somebody to look at.
async function taken(message) {
  try {
    return await take(JSON.parse(message.Body));
  } catch (error) {
    say(`A message stays on the queue: ${error.message}`);
    return false;
  }
}

function say(text) {
  console.error(`${new Date().toISOString()}  ${text}`);
}

for (let pause = PAUSE_S, more = true; more || !UNTIL_DONE; ) {
  try {
    more = await turn();
    pause = PAUSE_S;
  } catch (error) {
    // No network, or credentials that are over. The memory knows how far we got: go on from there.
    say(`Beginning again: ${error.message}`);
    credentials = null;
    await new Promise((done) => setTimeout(done, pause * 1000));
    pause = Math.min(LONGEST_PAUSE_S, pause * 2);
  }
}
