/** Adam on one flat parameter vector. [Kingma and Ba 2015, with bias correction] */
export interface Adam {
  /** One step against the gradient. */
  step(parameters: Float32Array, gradient: Float32Array, learningRate: number): void;
}

const BETA1 = 0.9;
const BETA2 = 0.999;
const EPSILON = 1e-8;

export function adam(size: number): Adam {
  const mean = new Float32Array(size);
  const square = new Float32Array(size);
  let steps = 0;
  return {
    step(parameters, gradient, learningRate) {
      steps++;
      const rate = (learningRate * Math.sqrt(1 - BETA2 ** steps)) / (1 - BETA1 ** steps);
      for (let i = 0; i < size; i++) {
        const g = gradient[i]!;
        const m = BETA1 * mean[i]! + (1 - BETA1) * g;
        const v = BETA2 * square[i]! + (1 - BETA2) * g * g;
        mean[i] = m;
        square[i] = v;
        parameters[i]! -= (rate * m) / (Math.sqrt(v) + EPSILON);
      }
    },
  };
}
