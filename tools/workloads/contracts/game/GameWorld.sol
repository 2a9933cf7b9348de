// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.28;

import {GameItems, IErc1155Receiver} from "./GameItems.sol";

/// A game of regions: heroes gather what a region has, craft items of it, fight monsters that a region shares, and
/// offer items to others in a shop.
contract GameWorld is IErc1155Receiver {
    struct Hero {
        uint32 level;
        uint32 experience;
        uint32 health;
        uint32 strength;
        uint64 healed; // block of the last fight, from which health comes back
        uint64 fights;
    }

    struct Region {
        uint64 wood; // gathered so far
        uint64 ore;
        uint64 wounds; // of its monster
        uint64 monstersSlain;
        address lastSlayer;
    }

    struct Offer {
        address seller;
        uint32 count;
        uint32 region;
        uint128 price; // in gold, for each
        uint64 id;
    }

    uint256 public constant GOLD = 0;
    uint256 public constant WOOD = 1;
    uint256 public constant ORE = 2;
    uint256 public constant SWORD = 3;
    uint256 public constant SHIELD = 4;
    uint32 private constant HEALTH_MAX = 100;
    uint64 private constant MONSTER_HEALTH = 500;

    GameItems public immutable items;
    mapping(address => Hero) public heroes;
    mapping(uint32 => Region) public regions;
    mapping(uint256 => Offer) public offers;
    uint256 public offerCount;

    event HeroBorn(address indexed player);
    event Gathered(address indexed player, uint32 indexed region, uint256 wood, uint256 ore);
    event Crafted(address indexed player, uint256 indexed item);
    event Fought(address indexed player, uint32 indexed region, uint64 damage, bool slain);
    event Offered(uint256 indexed offer, address indexed seller, uint256 id, uint32 count, uint128 price);
    event Bought(uint256 indexed offer, address indexed buyer, uint32 count);

    error HeroExists();
    error NoHero();
    error NotItems();
    error InvalidItem(uint256 id);
    error NotOffered(uint256 offer);

    constructor(GameItems items_) {
        items = items_;
    }

    modifier withHero() {
        if (heroes[msg.sender].level == 0) revert NoHero();
        _;
    }

    function enter() external {
        if (heroes[msg.sender].level != 0) revert HeroExists();
        heroes[msg.sender] = Hero(1, 0, HEALTH_MAX, 10, uint64(block.number), 0);
        items.mint(msg.sender, GOLD, 1_000_000);
        items.mint(msg.sender, WOOD, 100);
        items.mint(msg.sender, ORE, 100);
        items.mint(msg.sender, SWORD, 1);
        emit HeroBorn(msg.sender);
    }

    /// The better the hero, the more it gathers; luck adds a little.
    function gather(uint32 region) external withHero returns (uint256 wood, uint256 ore) {
        Hero storage hero = heroes[msg.sender];
        uint256 luck = uint256(keccak256(abi.encode(block.prevrandao, msg.sender, hero.experience)));
        wood = 2 + hero.level + luck % 3;
        ore = 2 + hero.level + (luck >> 8) % 3;
        Region storage place = regions[region];
        place.wood += uint64(wood);
        place.ore += uint64(ore);
        _learn(hero, 1);
        items.mint(msg.sender, WOOD, wood);
        items.mint(msg.sender, ORE, ore);
        emit Gathered(msg.sender, region, wood, ore);
    }

    /// A sword takes 2 wood and 4 ore, a shield 4 and 2.
    function craft(uint256 item) external withHero {
        if (item != SWORD && item != SHIELD) revert InvalidItem(item);
        items.burn(msg.sender, WOOD, item == SWORD ? 2 : 4);
        items.burn(msg.sender, ORE, item == SWORD ? 4 : 2);
        items.mint(msg.sender, item, 1);
        _learn(heroes[msg.sender], 3);
        emit Crafted(msg.sender, item);
    }

    /// Strikes at the region's monster. Who slays it gets its gold, and the next one comes.
    function fight(uint32 region) external withHero returns (bool slain) {
        Hero storage hero = heroes[msg.sender];
        _heal(hero);
        Region storage place = regions[region];
        uint256 luck = uint256(keccak256(abi.encode(block.prevrandao, msg.sender, hero.fights)));
        uint64 damage = hero.strength + uint64(luck % 10);
        if (items.balances(SWORD, msg.sender) > 0) damage += 10;
        uint32 wounds = uint32((luck >> 8) % (items.balances(SHIELD, msg.sender) > 0 ? 5 : 10));
        hero.health = hero.health > wounds ? hero.health - wounds : 1;
        ++hero.fights;
        _learn(hero, 5);
        slain = place.wounds + damage >= MONSTER_HEALTH;
        if (slain) {
            place.wounds = 0;
            ++place.monstersSlain;
            place.lastSlayer = msg.sender;
            items.mint(msg.sender, GOLD, 100);
        } else {
            place.wounds += damage;
        }
        emit Fought(msg.sender, region, damage, slain);
    }

    /// Takes `count` of the offer for gold, which goes to who made it.
    function buy(uint256 offerId, uint32 count) external withHero {
        Offer storage offer = offers[offerId];
        if (offer.count < count || count == 0) revert NotOffered(offerId);
        offer.count -= count;
        uint256 price = uint256(offer.price) * count;
        items.burn(msg.sender, GOLD, price);
        items.mint(offer.seller, GOLD, price);
        items.safeTransferFrom(address(this), msg.sender, offer.id, count, "");
        emit Bought(offerId, msg.sender, count);
    }

    /// Items that come with a price are offered.
    function onERC1155Received(address, address from, uint256 id, uint256 value, bytes calldata data)
        external
        returns (bytes4)
    {
        if (msg.sender != address(items)) revert NotItems();
        (uint32 region, uint128 price) = abi.decode(data, (uint32, uint128));
        uint256 offerId = ++offerCount;
        offers[offerId] = Offer(from, uint32(value), region, price, uint64(id));
        emit Offered(offerId, from, id, uint32(value), price);
        return IErc1155Receiver.onERC1155Received.selector;
    }

    function onERC1155BatchReceived(address, address, uint256[] calldata, uint256[] calldata, bytes calldata)
        external
        pure
        returns (bytes4)
    {
        revert NotItems();
    }

    function _heal(Hero storage hero) private {
        uint64 blocks = uint64(block.number) - hero.healed;
        uint256 health = uint256(hero.health) + blocks;
        hero.health = health > HEALTH_MAX ? HEALTH_MAX : uint32(health);
        hero.healed = uint64(block.number);
    }

    /// A level for each 100 points of experience, and strength with it.
    function _learn(Hero storage hero, uint32 points) private {
        hero.experience += points;
        if (hero.experience < 100 * hero.level) return;
        ++hero.level;
        hero.strength += 2;
    }
}
