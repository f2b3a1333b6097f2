import "./result.css";

export { Comparison } from "./comparison";
export { resultStage } from "./stage";
export { resultView } from "./view";
export { resultWords } from "./words";
