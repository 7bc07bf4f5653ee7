import { answerTasks } from './features/answer-tasks.js';
import { extractColumns } from './features/extract-columns.js';
import { featureRecipe, type FeatureRecipeOptions } from './features/recipe.js';

/** Entry of the worker thread behind `librosaFeatures`. */
answerTasks((options: FeatureRecipeOptions) => {
  const recipe = featureRecipe(options);
  return (samples, sampleRateHz) => extractColumns(samples, sampleRateHz, recipe);
});
