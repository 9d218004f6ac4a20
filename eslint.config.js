import { defineConfig, globalIgnores } from "eslint/config";
import vue from "eslint-plugin-vue";
import tseslint from "typescript-eslint";
import { importRules } from "./eslint.imports.js";

const TESTS = ["**/*.test.ts", "**/*.contract.ts", "**/testing/**", "e2e/**"];

const FROM_ENVIRONMENT =
  "Take it from the environment (environment.ts): it runs on a simulation's clock and chance too.";
/** @param {string} name */
const fromEnvironment = (name) => ({ name, message: FROM_ENVIRONMENT });

/** Rules that need types are worth their time where a mistake is silent at run time: promises, switches, thrown values. */
export default defineConfig(
  globalIgnores(["proto/gen", "**/dist", "coverage", "data", ".cache"]),
  { linterOptions: { reportUnusedDisableDirectives: "error" } },

  {
    files: ["**/*.ts"],
    extends: [tseslint.configs.recommended],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      "@typescript-eslint/await-thenable": "error",
      "@typescript-eslint/no-floating-promises": ["error", { checkThenables: true }],
      "@typescript-eslint/no-misused-promises": ["error", { checksVoidReturn: { attributes: false } }],
      "@typescript-eslint/only-throw-error": "error",
      "@typescript-eslint/prefer-promise-reject-errors": "error",
      "@typescript-eslint/return-await": ["error", "in-try-catch"],
      "@typescript-eslint/switch-exhaustiveness-check": [
        "error",
        { considerDefaultExhaustiveForUnions: true, requireDefaultForNonUnion: false },
      ],
    },
  },

  {
    files: ["web/**/*.vue"],
    extends: [tseslint.configs.recommended, vue.configs["flat/recommended"]],
    languageOptions: { parserOptions: { parser: tseslint.parser } },
    rules: {
      "vue/block-lang": ["error", { script: { lang: "ts" } }],
      "vue/component-api-style": ["error", ["script-setup"]],
      "vue/define-props-declaration": ["error", "type-based"],
      "vue/define-emits-declaration": ["error", "type-literal"],
      "vue/no-v-html": "error",
      // Prettier's ground.
      "vue/html-closing-bracket-newline": "off",
      "vue/html-indent": "off",
      "vue/html-self-closing": "off",
      "vue/max-attributes-per-line": "off",
      "vue/multiline-html-element-content-newline": "off",
      "vue/singleline-html-element-content-newline": "off",
      // Optional props are undefined by type, and pages are single words by design.
      "vue/multi-word-component-names": "off",
      "vue/require-default-prop": "off",
    },
  },

  {
    files: ["**/*.ts", "**/*.vue"],
    rules: {
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/no-unused-vars": [
        "error",
        {
          argsIgnorePattern: "^_",
          varsIgnorePattern: "^_",
          destructuredArrayIgnorePattern: "^_",
          ignoreRestSiblings: true,
        },
      ],
      "max-lines": ["error", 300],
      "no-empty": "error",
      "no-restricted-syntax": [
        "error",
        {
          selector:
            "Program > VariableDeclaration[kind='let'], Program > ExportNamedDeclaration > VariableDeclaration[kind='let']",
          message: "No module-level mutable state: pass it in, or keep it in what createX() returns.",
        },
      ],
      eqeqeq: ["error", "always", { null: "ignore" }],
    },
  },
  { files: ["server/src/**", "client/src/**", "web/src/**"], rules: { "no-console": "error" } },
  // What a simulation runs lives on its clock: see docs/simulation.md.
  {
    files: [
      "server/src/{auth,hub,log,people,projection,relay}/**",
      "client/src/{feed,outbox,replica,session,views}/**",
    ],
    ignores: TESTS,
    rules: {
      "no-restricted-globals": ["error", ...["setTimeout", "setInterval", "setImmediate"].map(fromEnvironment)],
      "no-restricted-properties": [
        "error",
        { object: "Date", property: "now", message: FROM_ENVIRONMENT },
        { object: "Math", property: "random", message: FROM_ENVIRONMENT },
      ],
    },
  },
  // In <script setup>, top level is the component, not the module.
  { files: ["**/*.vue"], rules: { "no-restricted-syntax": "off" } },
  { files: TESTS, rules: { "max-lines": ["error", 500], "no-console": "off" } },

  ...importRules(TESTS),
);
