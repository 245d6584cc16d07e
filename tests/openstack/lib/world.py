"""Who and what exists in the cloud besides the defaults of each service. Every password is `testbed`."""
# cloud in clouds.yaml: (user, project, role). Tests that run in parallel take one of e2e1 ... e2e6 each, so that they do not
# see each other's servers; `tight` has small quotas.
E2E = {f'e2e{n}': (f'e2e{n}', f'e2e{n}', 'member') for n in range(1, 7)}
USERS = {'demo': ('demo', 'demo', 'member'), 'demo2': ('demo', 'demo2', 'member'), 'reader': ('reader', 'demo', 'reader'),
         **E2E, 'tight': ('tight', 'tight', 'member')}
QUOTAS = {'tight': {'compute': {'instances': 2}, 'block-storage': {'volumes': 4, 'snapshots': 1}, 'network': {'floatingip': 1}}}
REGIONS = {'RegionOne': None, 'RegionTwo': ('compute', 'image', 'network', 'block-storage')}     # None: every service
FLAVORS = (('m1.nano', 128, 1, 1), ('m1.small', 2048, 20, 1), ('m1.large', 8192, 80, 4))          # name, MB, GB, CPUs
IMAGES = {'tiny': {}, 'debian-12': {'os_distro': 'debian', 'os_version': '12', 'os_admin_user': 'debian'},
          'ubuntu-24.04': {'os_distro': 'ubuntu', 'os_version': '24.04', 'os_admin_user': 'ubuntu'}}
