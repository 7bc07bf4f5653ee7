/** Rows, over the port that a server has opened for readers. Rejects with what ClickHouse says. @param format of a row: `JSONEachRow` or `JSONCompactEachRow` */
export async function askReaders(url, sql, format = 'JSONEachRow') {
  const answer = await fetch(url, { method: 'POST', body: `${sql} FORMAT ${format}` });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${sql}: ${text}`);
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}
