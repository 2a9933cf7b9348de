// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.28;

import {IErc20} from "./IErc20.sol";

/// Transfers that must succeed, also of tokens that return nothing.
library SafeTransfer {
    error TransferFailed(address token);

    function safeTransfer(IErc20 token, address to, uint256 value) internal {
        _call(token, abi.encodeCall(IErc20.transfer, (to, value)));
    }

    function safeTransferFrom(IErc20 token, address from, address to, uint256 value) internal {
        _call(token, abi.encodeCall(IErc20.transferFrom, (from, to, value)));
    }

    function _call(IErc20 token, bytes memory data) private {
        (bool ok, bytes memory answer) = address(token).call(data);
        if (!ok || (answer.length != 0 && !abi.decode(answer, (bool))) || address(token).code.length == 0)
            revert TransferFailed(address(token));
    }
}
