// What may hold the loop for more than 10 ms, or looks as if it did, and why. docs/firmware.md names the same places.
export const PERMITTED = [
];
