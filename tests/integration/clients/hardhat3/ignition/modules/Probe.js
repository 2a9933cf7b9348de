// SPDX-License-Identifier: Apache-2.0
import {buildModule} from "@nomicfoundation/hardhat-ignition/modules";

export default buildModule("ProbeModule", module => {
  const probe = module.contract("Probe", [module.getParameter("value", 41n)]);
  module.call(probe, "store", [42n, "from a module"]);
  return {probe};
});
