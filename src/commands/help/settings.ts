import { aboutSetting, environmentName, SETTING_KEYS, settingDefault, valueText } from "../../config/setting-table.ts";
import { flagOfSetting } from "../../config/setting-flags.ts";

type ShownSetting = {
  readonly key: string;
  /** As `config.toml` would have it; undefined of one that is unset. */
  readonly value: string | undefined;
  /** What else sets it, the first that counts in front. */
  readonly names: readonly string[];
  readonly help: string;
};

/** Every setting with its default, in the order of the table. */
export const SHOWN_SETTINGS: readonly ShownSetting[] = SETTING_KEYS.map((key) => {
  const value = settingDefault(key);
  const text = typeof value === "string" ? JSON.stringify(value) : valueText(value);
  return {
    key,
    value: value === undefined ? undefined : text,
    names: [flagOfSetting(key) ?? [], environmentName(key)].flat(),
    help: aboutSetting(key).help,
  };
});

/** Which value of several counts. */
export const PRIORITY =
  "A flag counts before the environment, that before config.toml in the working directory, and that before the default.";
