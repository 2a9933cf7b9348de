// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.28;

import {Owned} from "../shared/Owned.sol";
import {ReentrancyGuard} from "../shared/ReentrancyGuard.sol";
import {Collection, IErc721Receiver} from "./Collection.sol";

/// Sells tokens of any collection at a fixed price in ether. It holds what is listed; of a price, the collection's
/// royalty goes to its creator and 2.5% stay here.
contract Marketplace is IErc721Receiver, Owned, ReentrancyGuard {
    struct Listing {
        address seller;
        uint96 price;
    }

    uint256 private constant UNIT = 10_000;
    uint256 private constant FEE = 250;

    mapping(address => mapping(uint256 => Listing)) public listings;
    mapping(address => uint256) public proceeds; // to be withdrawn
    uint256 public fees;

    event Listed(address indexed collection, uint256 indexed id, address indexed seller, uint256 price);
    event Delisted(address indexed collection, uint256 indexed id);
    event Sold(address indexed collection, uint256 indexed id, address indexed buyer, uint256 price, uint256 royalty);
    event Withdrawn(address indexed seller, uint256 amount);

    error NotListed(address collection, uint256 id);
    error NotSeller();
    error NoPrice();
    error WrongPrice(uint256 paid, uint256 wanted);
    error NothingToWithdraw();
    error PaymentFailed();

    /// The data of the transfer is the price: one transaction lists a token.
    function onERC721Received(address, address from, uint256 id, bytes calldata data) external returns (bytes4) {
        uint96 price = abi.decode(data, (uint96));
        if (price == 0) revert NoPrice();
        listings[msg.sender][id] = Listing(from, price);
        emit Listed(msg.sender, id, from, price);
        return IErc721Receiver.onERC721Received.selector;
    }

    function delist(Collection collection, uint256 id) external nonReentrant {
        if (listings[address(collection)][id].seller != msg.sender) revert NotSeller();
        delete listings[address(collection)][id];
        emit Delisted(address(collection), id);
        collection.transferFrom(address(this), msg.sender, id);
    }

    function buy(Collection collection, uint256 id) external payable nonReentrant {
        Listing memory listing = listings[address(collection)][id];
        if (listing.seller == address(0)) revert NotListed(address(collection), id);
        if (msg.value != listing.price) revert WrongPrice(msg.value, listing.price);
        delete listings[address(collection)][id];
        (address creator, uint256 royalty) = collection.royaltyInfo(id, msg.value);
        uint256 fee = msg.value * FEE / UNIT;
        fees += fee;
        proceeds[listing.seller] += msg.value - royalty - fee;
        collection.safeTransferFrom(address(this), msg.sender, id);
        _pay(creator, royalty);
        emit Sold(address(collection), id, msg.sender, msg.value, royalty);
    }

    function withdraw() external nonReentrant {
        uint256 amount = proceeds[msg.sender];
        if (amount == 0) revert NothingToWithdraw();
        delete proceeds[msg.sender];
        _pay(msg.sender, amount);
        emit Withdrawn(msg.sender, amount);
    }

    function withdrawFees() external onlyOwner nonReentrant {
        uint256 amount = fees;
        fees = 0;
        _pay(owner, amount);
    }

    function _pay(address to, uint256 amount) private {
        (bool ok,) = to.call{value: amount}("");
        if (!ok) revert PaymentFailed();
    }
}
