/** Data of the events in a text/event-stream, in order; comments and other fields are left out. */
export const eventData = (text: string): string[] => {
  const events: string[] = [];
  let lines: string[] = [];
  for (const line of [...text.split(/\r\n|\n|\r/), ""]) {
    if (line.startsWith("data:")) lines.push(line.slice(line[5] === " " ? 6 : 5));
    else if (line === "" && lines.length > 0) {
      events.push(lines.join("\n"));
      lines = [];
    }
  }
  return events;
};
