# How ccache is used by everything that builds; sourced in the project's folder. What one clone has compiled serves another, and
# a miss costs no second run of the preprocessor: the compiler's own list of headers is enough (depend mode).
export CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=1 CCACHE_DEPEND=1
