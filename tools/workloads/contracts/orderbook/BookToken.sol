// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.28;

import {AssetToken} from "../shared/AssetToken.sol";

/// Base and quote currencies of the markets.
contract BookToken is AssetToken {}
