// Makes AIVDM sentences, so that tests speak to a feed in its real format.

/**
 * A position report of class A (ITU-R M.1371-5, annex 8, message 1).
 *
 * Latitude and longitude in degrees, speed in knots, course in degrees; heading as course.
 */
export function positionReport({ mmsi, lat, lon, speed = 0, course = 0 }) {
  const bits = [
    [1, 6],
    [0, 2],
    [mmsi, 30],
    [0, 4],
    [-128, 8], // rate of turn: not available
    [Math.round(speed * 10), 10],
    [1, 1],
    [Math.round(lon * 600_000), 28],
    [Math.round(lat * 600_000), 27],
    [Math.round(course * 10), 12],
    [Math.round(course), 9],
    [60, 6], // second: not available
    [0, 2],
    [0, 3],
    [0, 1],
    [0, 19],
  ]
    .map(([value, width]) => (BigInt.asUintN(width, BigInt(value))).toString(2).padStart(width, "0"))
    .join("");
  const payload = bits.match(/.{6}/g).map((six) => {
    const value = parseInt(six, 2);
    return String.fromCharCode(value + (value < 40 ? 48 : 56));
  });
  const body = `AIVDM,1,1,,A,${payload.join("")},0`;
  const sum = [...body].reduce((all, character) => all ^ character.charCodeAt(0), 0);
  return `!${body}*${sum.toString(16).toUpperCase().padStart(2, "0")}\r\n`;
}
