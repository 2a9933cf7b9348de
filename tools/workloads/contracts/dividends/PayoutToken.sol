// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.28;

import {AssetToken} from "../shared/AssetToken.sol";

/// The currency of dividends and of the sale of shares.
contract PayoutToken is AssetToken {}
