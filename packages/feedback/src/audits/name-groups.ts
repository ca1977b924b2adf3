import { z } from "zod";
import { readJsonFile } from "../read-json-file.ts";

/** First names that people take for those of a group. */
export type NameGroups = Readonly<Record<string, readonly string[]>>;

/**
 * Names by sex and by whom they are taken for in the United States, from the field experiment on job applications:
 * where this list doesn't fit your readers, bring your own.
 *
 * @see Bertrand & Mullainathan 2004, table A1. https://doi.org/10.1257/0002828042002561
 */
export const defaultNameGroups: NameGroups = {
  "white women": ["Emily", "Anne", "Jill", "Allison", "Laurie", "Sarah", "Meredith", "Carrie", "Kristen"],
  "Black women": ["Aisha", "Keisha", "Tamika", "Lakisha", "Tanisha", "Latoya", "Kenya", "Latonya", "Ebony"],
  "white men": ["Todd", "Neil", "Geoffrey", "Brett", "Brendan", "Greg", "Matthew", "Jay", "Brad"],
  "Black men": ["Rasheed", "Tremayne", "Kareem", "Darnell", "Tyrone", "Hakim", "Jamal", "Leroy", "Jermaine"],
};

const schema = z
  .record(z.string(), z.array(z.string().min(1)).min(1))
  .refine((groups) => Object.keys(groups).length >= 2, { message: "expected at least two groups" });

/** Reads names from a JSON file: `{ "group": ["name", …], … }`. @throws DataError naming what is wrong. */
export const readNameGroups = (path: string): NameGroups => readJsonFile(path, schema);
