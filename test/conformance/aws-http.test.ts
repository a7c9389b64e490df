/**
 * Every scenario through the real SDK clients. What AWS would bill is counted at their HTTP handlers, and must be what
 * the executions metered themselves.
 */
import { httpAwsHome } from "../helpers/aws/http-home.ts";
import { bindScenarios } from "./runner-bind.ts";

await bindScenarios(httpAwsHome("aws, over HTTP"));
