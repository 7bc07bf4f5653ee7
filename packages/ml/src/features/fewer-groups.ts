import { featureRecipe, type FeatureGroup, type FeatureRecipeOptions } from './recipe.js';

/**
 * Whether a recipe is that of some of these groups, analysed in the same way: a group's numbers do not hang on the others. All choices of
 * eleven groups are 2047, some 10 ms of hashing, when a model is opened.
 */
export function isOfFewerGroups(recipe: string, options: FeatureRecipeOptions): boolean {
  const { groups } = featureRecipe(options);
  for (let choice = 1; choice < 2 ** groups.length; choice++) {
    const chosen: FeatureGroup[] = groups.filter((_, i) => (choice >> i) % 2 === 1);
    if (featureRecipe({ ...options, features: chosen }).id === recipe) return true;
  }
  return false;
}
