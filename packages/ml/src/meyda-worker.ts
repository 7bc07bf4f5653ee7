import { answerTasks } from './features/answer-tasks.js';
import { meydaColumns } from './meyda/meyda-columns.js';
import { meydaRecipe, type MeydaRecipeOptions } from './meyda/meyda-recipe.js';

/** Entry of the worker thread behind `meydaFeatures`. */
answerTasks((options: MeydaRecipeOptions) => {
  const recipe = meydaRecipe(options);
  return (samples, sampleRateHz) => meydaColumns(samples, sampleRateHz, recipe);
});
