    -- What a point is about. Its attributes say so before its resource, which may be that of an agent or a scraper. A
    -- pod's name is its workload's and what Kubernetes appends: a hash and five letters (without vowels), five letters
    -- alone, or a number.
    (labels -> multiIf(
        labels['service.name'] != '', labels['service.name'],
        labels['k8s.deployment.name'] != '', labels['k8s.deployment.name'],
        labels['k8s.statefulset.name'] != '', labels['k8s.statefulset.name'],
        labels['k8s.daemonset.name'] != '', labels['k8s.daemonset.name'],
        labels['k8s.pod.name'] != '' OR labels['pod'] != '',
            replaceRegexpOne(if(labels['k8s.pod.name'] != '', labels['k8s.pod.name'], labels['pod']),
                '(?:-[0-9a-z]{6,10})?-[bcdfghjklmnpqrstvwxz2456789]{5}$|-[0-9]+$', ''),
        labels['k8s.container.name'] != '', labels['k8s.container.name'],
        labels['container.name'] != '', labels['container.name'],
        labels['container'])) AS workload_of,
