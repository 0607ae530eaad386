"""Trouble on purpose: everything a system can suffer, by the dice of a seed, and a count of every effect afterwards.

run       one soak from an empty folder to its verdict     field       servers and fleet of its own
nemesis   strikes, and ends what it began                  blows/      THE table of what it may do
producer  places orders, rolls back, repeats               orders      how each is placed
journal   what producers promised                          check       whether it was kept
fleet     programs that are started again                  roll_call   whether everybody works again
calendar  whether every tick is there, once                old_months  partitions that leave meanwhile
proxy     a network that can be cut, slowed or muted       link        one connection through it
report    the verdict
"""
