/** Seconds between two signs of life. */
const PERIOD = 3;

/**
 * Does `work`, and every three seconds says what it is at and for how long, so that nobody stares at silence. `work` is
 * given a function that notes what it begins; nothing is said of work that is quick.
 */
export async function sayWhileWaiting<Result>(
  say: (line: string) => void,
  work: (begins: (text: string) => void) => Promise<Result>,
): Promise<Result> {
  let doing = "opening the probe";
  let seconds = 0;
  const timer = setInterval(() => {
    seconds += PERIOD;
    say(`Still starting after ${seconds} s; the last step: ${doing}`);
  }, PERIOD * 1000);
  timer.unref();
  try {
    return await work((text) => {
      doing = text.trim();
    });
  } finally {
    clearInterval(timer);
  }
}
