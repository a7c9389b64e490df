import { awsHome } from "../helpers/aws/aws-home.ts";
import { bindScenarios } from "./runner-bind.ts";

await bindScenarios(awsHome("aws, in memory"));
