// What the page holds packed: base64 of raw deflate, and in it varints or JSON. Inflated here and not by the browser,
// which could not before Chromium 80 and Firefox 113, and then only in a stream.

gg.inflate = function (input, size) {
  const output = new Uint8Array(size);
  const BASE = [3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195,
    227, 258];
  const FAR = [1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073,
    4097, 6145, 8193, 12289, 16385, 24577];
  const ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
  let at = 0, held = 0, bits = 0, written = 0;

  function take(count) {
    while (bits < count) {
      held |= input[at++] << bits;
      bits += 8;
    }
    const value = held & ((1 << count) - 1);
    held >>>= count;
    bits -= count;
    return value;
  }

  // A table that holds length and symbol for whatever the next bits are.
  function tableOf(lengths) {
    const width = Math.max(1, ...lengths), table = new Uint16Array(1 << width);
    let code = 0;
    for (let length = 1; length <= width; length += 1) {
      for (let symbol = 0; symbol < lengths.length; symbol += 1) {
        if (lengths[symbol] !== length) continue;
        let turned = 0;
        for (let bit = 0; bit < length; bit += 1) turned |= ((code >> bit) & 1) << (length - 1 - bit);
        for (let place = turned; place < table.length; place += 1 << length) table[place] = (symbol << 4) | length;
        code += 1;
      }
      code <<= 1;
    }
    return { table, width };
  }

  function symbolOf({ table, width }) {
    while (bits < width) {
      held |= (input[at++] || 0) << bits;
      bits += 8;
    }
    const found = table[held & ((1 << width) - 1)], length = found & 15;
    held >>>= length;
    bits -= length;
    return found >> 4;
  }

  function ownTables() {
    const literals = take(5) + 257, distances = take(5) + 1, count = take(4) + 4, short = new Array(19).fill(0);
    for (let i = 0; i < count; i += 1) short[ORDER[i]] = take(3);
    const table = tableOf(short), lengths = [];
    while (lengths.length < literals + distances) {
      const symbol = symbolOf(table);
      if (symbol < 16) lengths.push(symbol);
      else {
        const value = symbol === 16 ? lengths[lengths.length - 1] : 0;
        let times = symbol === 16 ? 3 + take(2) : symbol === 17 ? 3 + take(3) : 11 + take(7);
        while (times--) lengths.push(value);
      }
    }
    return [tableOf(lengths.slice(0, literals)), tableOf(lengths.slice(literals))];
  }

  function usualTables() {
    const lengths = Array.from({ length: 288 }, (_, i) => (i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8));
    return [tableOf(lengths), tableOf(new Array(30).fill(5))];
  }

  function copied() {
    at -= bits >> 3; // whole bytes that were read ahead
    held = bits = 0;
    const length = input[at] | (input[at + 1] << 8);
    output.set(input.subarray(at + 4, at + 4 + length), written);
    at += 4 + length;
    written += length;
  }

  function block([literals, distances]) {
    for (;;) {
      const symbol = symbolOf(literals);
      if (symbol < 256) output[written++] = symbol;
      else if (symbol === 256) return;
      else {
        const step = symbol - 257, more = step < 8 || step === 28 ? 0 : (step >> 2) - 1;
        const length = BASE[step] + take(more), way = symbolOf(distances);
        const back = FAR[way] + take(way < 4 ? 0 : (way >> 1) - 1);
        for (let i = 0; i < length; i += 1, written += 1) output[written] = output[written - back];
      }
    }
  }

  for (let last = 0; !last;) {
    last = take(1);
    const kind = take(2);
    if (kind === 0) copied();
    else block(kind === 1 ? usualTables() : ownTables());
  }
  return output;
};

gg.bytesOf = function (id) {
  const holder = document.getElementById(id), text = atob(holder.textContent), bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i += 1) bytes[i] = text.charCodeAt(i);
  return gg.inflate(bytes, Number(holder.dataset.size));
};

gg.wordsOf = (id) => JSON.parse(new TextDecoder().decode(gg.bytesOf(id)));

// A function that returns the next so many numbers.
gg.numbersOf = function (id) {
  const bytes = gg.bytesOf(id);
  let at = 0;
  return function (count) {
    const numbers = new Float64Array(count);
    for (let i = 0; i < count; i += 1) {
      let value = 0, scale = 1, byte;
      do {
        byte = bytes[at++];
        value += (byte & 127) * scale;
        scale *= 128;
      } while (byte > 127);
      numbers[i] = value;
    }
    return numbers;
  };
};

// Steps in zigzag, added up.
gg.walked = function (steps) {
  let sum = 0;
  return steps.map((step) => (sum += step % 2 ? -(step + 1) / 2 : step / 2));
};
