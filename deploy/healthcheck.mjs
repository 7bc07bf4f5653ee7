// Whether the server in this container answers: node healthcheck.mjs /healthz|/readyz [port]. Says why not, and ends with 1.
const [path = '/healthz', port = process.env.LOUVER_HTTP_PORT || '8080'] = process.argv.slice(2);
const url = `http://127.0.0.1:${port}${path}`;
try {
  const answer = await fetch(url, { signal: globalThis.AbortSignal.timeout(4_000) });
  if (!answer.ok) console.error(`${url} says ${answer.status}: ${await answer.text()}`);
  process.exitCode = answer.ok ? 0 : 1;
} catch (error) {
  console.error(`${url} does not answer: ${error.cause?.message ?? error.message}`);
  process.exitCode = 1;
}
