// What became of something that the reader asked for, told at the foot of the page.

const SECONDS = 6;
let timer = null;

export function say(text, kind = 'good') {
  const place = document.getElementById('toast');
  place.textContent = text;
  place.className = kind;
  clearTimeout(timer);
  timer = setTimeout(() => (place.textContent = ''), SECONDS * 1000);
}

// Waits for an answer and tells how it went; returns it, null when it was refused.
export async function toast(asked, done) {
  try {
    const answer = await asked;
    say(typeof done === 'function' ? done(answer) : done);
    return answer;
  } catch (error) {
    say(error.message, 'bad');
    return null;
  }
}
