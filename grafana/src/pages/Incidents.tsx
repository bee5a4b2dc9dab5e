import React from 'react';
export default function Incidents({ name }: { name: string }) { return <div>Incidents {name}</div>; }
