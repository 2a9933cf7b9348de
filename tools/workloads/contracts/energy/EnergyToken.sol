// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.28;

import {AssetToken} from "../shared/AssetToken.sol";

/// The currency in which energy and carbon credits are paid.
contract EnergyToken is AssetToken {}
