/** True in `VITE_FAKE=1 vite`: the app runs on the fake client of src/testing. Always false in a production bundle. */
declare const __FAKE_CLIENT__: boolean;
