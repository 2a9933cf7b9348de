// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.28;

import {AssetToken} from "../shared/AssetToken.sol";

/// What is supplied and borrowed.
contract LendingToken is AssetToken {}
